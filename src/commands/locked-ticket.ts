import type { Tx } from "../db/database.js";
import { type LockedConversation, type LockedTicket, lockTicketInHand } from "../db/queries/lock-ticket.js";
import { Refusal } from "../domain/errors.js";
import type { Actor } from "../domain/policy.js";
import { requireOwner } from "../domain/reply.js";

/** A ticket and its conversation, both locked, and the name of who owns it. */
export interface TicketInHand {
  ticket: LockedTicket;
  conversation: LockedConversation;
  ownerName: string | null;
}

/** What a ticket is called where it is not there: the same row is a message to some and a ticket to others. */
export type TicketNoun = "message" | "ticket";

const notThere = (noun: TicketNoun) => new Refusal(`${noun}_not_found`, `There is no such ${noun}.`);

/**
 * Locks a ticket's conversation, then the ticket: the order of DESIGN.md 7. Agents are locked before, by the commands
 * that need one. Throws `message_not_found`, or `ticket_not_found` where it is called so, and `already_closed` when its
 * customer was erased: nothing is written about it any more, not even by who waited for the erasure's lock.
 */
export async function takeTicketInHand(tx: Tx, ticketId: number, noun: TicketNoun = "message"): Promise<TicketInHand> {
  const inHand = await takeAnyTicketInHand(tx, ticketId, noun);
  if (inHand.conversation.erased) throw new Refusal("already_closed", `The customer of this ${noun} was erased.`);
  return inHand;
}

/** As `takeTicketInHand`, of an erased customer too: for what writes no word. */
export async function takeAnyTicketInHand(tx: Tx, ticketId: number, noun: TicketNoun): Promise<TicketInHand> {
  const inHand = await lockTicketInHand(tx, ticketId);
  if (!inHand) throw notThere(noun);
  return inHand;
}

/**
 * What its owner or an admin may do with an owned ticket (release, transfer, snooze). Throws `already_closed`,
 * `not_claimed`, `not_assigned_to_you`.
 */
export function requireOwnerOrAdmin(actor: Actor, { ticket, ownerName }: TicketInHand): void {
  const actingFor = actor.role === "admin" ? (ticket.assigneeId ?? -1) : (actor.id ?? -1);
  requireOwner(ticket, actingFor, ownerName);
}
