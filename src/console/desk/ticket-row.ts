import type { HighlightView, ListedMessageView, MessageView } from "../../contract/http/messages.js";
import type { ServerFrame } from "../live/stream-log.js";

export type TicketStatus = "unassigned" | "in_progress" | "closed";
export type TicketLevel = "low" | "normal" | "high" | "critical";

/** A ticket as the inbox shows it. */
export interface TicketRow {
  id: number;
  body: string;
  customer: string;
  status: TicketStatus;
  score: number | null;
  level: TicketLevel | null;
  topic: string | null;
  queue: string;
  /** ms since 1970. */
  dueAt: number;
  createdAt: number;
  snoozedUntil: number | null;
  assignedTo: number | null;
  version: number;
  highlight: HighlightView | null;
}

/** The row of a message that the API answered. */
export function rowOf(view: MessageView & Pick<ListedMessageView, "highlights">): TicketRow {
  return {
    id: view.id,
    body: view.body,
    customer: view.customer.name || view.user_id,
    status: view.status,
    score: view.urgency?.score ?? null,
    level: view.urgency?.level ?? null,
    topic: view.urgency?.topic ?? null,
    queue: view.queue,
    dueAt: Date.parse(view.due_at),
    createdAt: Date.parse(view.created_at),
    snoozedUntil: view.snoozed_until === null ? null : Date.parse(view.snoozed_until),
    assignedTo: view.assigned_to,
    version: view.version,
    highlight: view.highlights?.[0] ?? null,
  };
}

const ageingMs = 24 * 3600 * 1000;

/** The row of a `message_new`: what it does not say comes with the updates that follow. */
export function rowOfNew(frame: ServerFrame): TicketRow {
  const createdAt = Date.parse(String(frame.created_at));
  return {
    id: Number(frame.message_id),
    body: String(frame.body),
    customer: String(frame.user_id),
    status: frame.status as TicketStatus,
    score: null,
    level: null,
    topic: null,
    queue: typeof frame.queue === "string" ? frame.queue : "general",
    dueAt: createdAt + ageingMs,
    createdAt,
    snoozedUntil: null,
    assignedTo: null,
    version: 1,
    highlight: null,
  };
}

/** The row after a `message_update`; the same one when it says nothing newer. */
export function rowAfter(row: TicketRow, frame: ServerFrame): TicketRow {
  const version = Number(frame.version);
  if (version < row.version) return row;
  const urgency = frame.urgency as { score: number; level: TicketLevel; topic: string } | undefined;
  const status = frame.status as TicketStatus;
  const leaves = status !== "in_progress" || frame.reason === "wake";
  return {
    ...row,
    status,
    version,
    assignedTo: (frame.assigned_to as number | null) ?? null,
    ...(urgency ? { score: urgency.score, level: urgency.level, topic: urgency.topic } : {}),
    ...(typeof frame.due_at === "string" ? { dueAt: Date.parse(frame.due_at) } : {}),
    ...(typeof frame.queue === "string" ? { queue: frame.queue } : {}),
    ...(leaves ? { snoozedUntil: null } : {}),
  };
}
