import { Refusal } from "./errors.js";
import type { Holder, TicketState } from "./ticket.js";

/** What a claim comes to. The loser is told who won (CONTRACT.md 1, order of checks). */
export type ClaimOutcome =
  | { kind: "claimed"; ticketId: number; agentId: number; version: number }
  | { kind: "already_closed" }
  | { kind: "already_claimed"; by: Holder; version: number }
  | { kind: "at_capacity"; held: number; capacity: number };

/**
 * Decides a claim from what the guarded update left: closed first, then the owner again, another owner, and a full
 * agent last. `undecided` is for a ticket that is still free and an agent with room: the update has to run again.
 */
export function decideClaim(
  ticket: TicketState,
  holder: Holder | null,
  agentId: number,
  load: { held: number; capacity: number },
): ClaimOutcome | { kind: "undecided" } {
  if (ticket.status === "closed") return { kind: "already_closed" };
  if (ticket.assigneeId === agentId) {
    return { kind: "claimed", ticketId: ticket.id, agentId, version: ticket.version };
  }
  if (holder) return { kind: "already_claimed", by: holder, version: ticket.version };
  if (load.held >= load.capacity) return { kind: "at_capacity", ...load };
  return { kind: "undecided" };
}

/** The refusal that a lost claim is at the door. */
export function claimRefusal(outcome: Exclude<ClaimOutcome, { kind: "claimed" }>): Refusal {
  switch (outcome.kind) {
    case "already_closed":
      return new Refusal("already_closed", "This message is closed.");
    case "already_claimed":
      return new Refusal("already_claimed", "Message already claimed by another agent.", {
        by: outcome.by.name,
        agent_id: outcome.by.agentId,
        version: outcome.version,
      });
    case "at_capacity":
      return new Refusal("at_capacity", `The agent holds ${outcome.held} of at most ${outcome.capacity} messages.`, {
        held: outcome.held,
        capacity: outcome.capacity,
      });
  }
}
