import type { Actor } from "./policy.js";

/**
 * What agents see of tickets (AGENT_VISIBILITY). Admins see all in every mode; customers have rights of their own.
 * - `all`: everything.
 * - `queues`: the tickets of the queues that the agent lists, and what it owns wherever that is. An agent without a list
 *   serves all queues and sees all.
 * - `own`: what it owns. It works from the batch that it pulled: what waits is not there for it, also by its id.
 * An owner is whom the ticket is assigned to; a closed ticket stays its last owner's. A ticket that was given back or
 * reopened is nobody's: its last agent is offered it first (`preferred_agent`), and sees it again when it takes it.
 */
export const visibilityModes = ["all", "queues", "own"] as const;
export type VisibilityMode = (typeof visibilityModes)[number];

/** What one reader sees of the tickets; `queues` has at least one queue. */
export type Sight =
  | { kind: "all" }
  | { kind: "queues"; agentId: number; queues: readonly string[] }
  | { kind: "own"; agentId: number };

/** What decides whether a ticket is seen. */
export interface TicketPlace {
  queue: string;
  assigneeId: number | null;
}

export const seesAll: Sight = { kind: "all" };

/** No user has this id. */
const nobody = -1;

/** Whether the mode hides anything from that actor, whatever queues it lists. */
export function isNarrowed(actor: Pick<Actor, "role">, mode: VisibilityMode): boolean {
  return mode !== "all" && actor.role === "agent";
}

/**
 * What an actor sees; `queues` is the list of the queues that it serves, [] for all of them, undefined for who is no agent
 * any more. Only mode `queues` asks for it.
 */
export function sightOf(actor: Pick<Actor, "role" | "id">, mode: VisibilityMode, queues?: readonly string[]): Sight {
  if (!isNarrowed(actor, mode)) return seesAll;
  const agentId = actor.id ?? nobody;
  if (mode === "own" || queues === undefined) return { kind: "own", agentId };
  return queues.length === 0 ? seesAll : { kind: "queues", agentId, queues };
}

/** Whether a ticket is seen. The rule; its form in SQL is db/queries/in-sight. */
export function sees(sight: Sight, ticket: TicketPlace): boolean {
  if (sight.kind === "all") return true;
  if (ticket.assigneeId === sight.agentId) return true;
  return sight.kind === "queues" && sight.queues.includes(ticket.queue);
}

/** The same text for the same sight, another for another: whoever kept what it saw under another one starts over. */
export function sightKey(sight: Sight): string {
  if (sight.kind === "all") return "all";
  return sight.kind === "own"
    ? `own ${sight.agentId}`
    : `queues ${sight.agentId} ${[...sight.queues].sort().join(" ")}`;
}

/** What decides whether a viewer may open a conversation's stream. */
export interface ConversationPlace {
  participantIds: readonly number[];
  /** The tickets that it has or had; only a support case has any. */
  tickets: readonly TicketPlace[];
}

/**
 * Whether a viewer may open a conversation's stream (CONTRACT.md 5): participants and admins may, and agents where a
 * ticket of the conversation is in their sight. `not_found`: a stranger's conversation is as good as none (404).
 * `forbidden`: no conversation is for that caller (403).
 */
export function conversationAccess(
  actor: Pick<Actor, "kind" | "role" | "id">,
  sight: Sight,
  conversation: ConversationPlace | null,
): "open" | "forbidden" | "not_found" {
  if (actor.kind === "api_key" || actor.kind === "metrics") return "forbidden";
  if (!conversation) return "not_found";
  if (actor.role === "admin") return "open";
  if (actor.id !== null && conversation.participantIds.includes(actor.id)) return "open";
  const seen = actor.role === "agent" && conversation.tickets.some((ticket) => sees(sight, ticket));
  return seen ? "open" : "not_found";
}
