import type { Tx } from "../db/database.js";
import { agentName } from "../db/queries/lock-agent.js";
import {
  conversationOf,
  type LockedConversation,
  type LockedTicket,
  lockConversation,
  lockTicket,
} from "../db/queries/lock-ticket.js";
import { Refusal } from "../domain/errors.js";
import type { Actor } from "../domain/policy.js";
import { requireOwner } from "../domain/reply.js";

/** A ticket and its conversation, both locked, and the name of who owns it. */
export interface TicketInHand {
  ticket: LockedTicket;
  conversation: LockedConversation;
  ownerName: string | null;
}

const noMessage = () => new Refusal("message_not_found", "There is no such message.");

/**
 * Locks a ticket's conversation, then the ticket: the order of DESIGN.md 7. Agents are locked before, by the commands
 * that need one. Throws `message_not_found`.
 */
export async function takeTicketInHand(tx: Tx, ticketId: number): Promise<TicketInHand> {
  const conversationId = await conversationOf(tx, ticketId);
  if (conversationId === null) throw noMessage();
  const conversation = await lockConversation(tx, conversationId);
  const ticket = conversation ? await lockTicket(tx, ticketId) : null;
  if (!conversation || !ticket) throw noMessage();
  const ownerName = ticket.assigneeId === null ? null : await agentName(tx, ticket.assigneeId);
  return { ticket, conversation, ownerName };
}

/**
 * What its owner or an admin may do with an owned ticket (release, transfer, snooze). Throws `already_closed`,
 * `not_claimed`, `not_assigned_to_you`.
 */
export function requireOwnerOrAdmin(actor: Actor, { ticket, ownerName }: TicketInHand): void {
  const actingFor = actor.role === "admin" ? (ticket.assigneeId ?? -1) : (actor.id ?? -1);
  requireOwner(ticket, actingFor, ownerName);
}
