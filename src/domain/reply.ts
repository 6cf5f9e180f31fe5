import { Refusal } from "./errors.js";
import type { TicketState } from "./ticket.js";

/**
 * Only the owner's reply is accepted (I6). Throws in the order of CONTRACT.md 1: `already_closed`, `not_claimed`,
 * `not_assigned_to_you`. Whether the version is stale is decided after it, by `isStale`.
 */
export function requireOwner(ticket: TicketState, agentId: number, ownerName: string | null): void {
  if (ticket.status === "closed") throw new Refusal("already_closed", "This message is closed.");
  if (ticket.assigneeId === null) throw new Refusal("not_claimed", "Nobody has claimed this message yet.");
  if (ticket.assigneeId !== agentId) {
    throw new Refusal("not_assigned_to_you", "This message is assigned to another agent.", { by: ownerName ?? "" });
  }
}

/** Whether a reply that saw `seen` would close over words that its agent has not read. No version: it closes (seed 000). */
export function isStale(ticket: TicketState, seen: number | undefined): boolean {
  return seen !== undefined && seen !== ticket.version;
}
