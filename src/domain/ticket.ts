/** The states of a ticket. `sold` (seed 002) is `closed` with a sold_at. */
export const ticketStatuses = ["unassigned", "in_progress", "closed"] as const;
export type TicketStatus = (typeof ticketStatuses)[number];

export const urgencyLevels = ["low", "normal", "high", "critical"] as const;
export type UrgencyLevel = (typeof urgencyLevels)[number];

/** The largest capacity that an agent can be given: open tickets. */
export const capacityMax = 1000;

/** Why an assignment changed; kept in `assignments` and announced with `message_update`. */
export const assignmentReasons = [
  "claim",
  "pull",
  "push",
  "transfer",
  "release",
  "reply",
  "close",
  "sell",
  "agent_removed",
  "agent_disabled",
  "reopen",
  "snooze",
  "wake",
  "lease",
] as const;
export type AssignmentReason = (typeof assignmentReasons)[number];

/** What the deciding rules need to know of a ticket. */
export interface TicketState {
  id: number;
  status: TicketStatus;
  assigneeId: number | null;
  version: number;
}

/** Who holds a ticket, by id and by the name that others are shown. */
export interface Holder {
  agentId: number;
  name: string;
}

/** `in_progress`, `inprogress`, `in progress` and `IN-PROGRESS` are one status (seed 000); null for no status at all. */
export function parseStatus(text: string): TicketStatus | null {
  const folded = text
    .trim()
    .toLowerCase()
    .replace(/[\s_-]+/g, "");
  return ticketStatuses.find((status) => status.replace("_", "") === folded) ?? null;
}

/** What a message can be (CONTRACT.md 4); `note` never leaves the agents. */
export const messageKinds = ["text", "system", "payment", "dispute", "job_update", "bot", "note"] as const;
export type MessageKind = (typeof messageKinds)[number];
