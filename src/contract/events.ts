import type { TicketStatus } from "../domain/ticket.js";

/** Stream of everything that agents watch. */
export const agentsStream = "agents";

/** Stream of the desk's own facts, which cause jobs and which no socket carries. */
export const deskStream = "desk";

/** Stream of one conversation. */
export function conversationStream(conversationId: number): string {
  return `conversation:${conversationId}`;
}

/** The conversation that a stream is of; null: it is of none. */
export function conversationOf(stream: string): number | null {
  const digits = /^conversation:(\d{1,15})$/.exec(stream)?.[1];
  return digits === undefined ? null : Number(digits);
}

/** Urgency as every wire shows it. */
export interface UrgencyView {
  score: number;
  level: "low" | "normal" | "high" | "critical";
  topic: string;
  terms: { term: string; stem: string; weight: number; start: number; end: number }[];
  model: string;
}

/** One thing said, as participants see it (CONTRACT.md 4). */
export interface ChatMessage {
  id: number;
  conversation_id: number;
  sender: { id: number; name: string; role: string } | null;
  seq: number;
  type: "text" | "system" | "payment" | "dispute" | "job_update" | "bot" | "note";
  text: string;
  metadata: Record<string, unknown> | null;
  attachment: { id: number; name: string; size: number; type: string; url: string } | null;
  status: "sent" | "delivered" | "read";
  is_read: boolean;
  read_by: number[];
  client_id: string | null;
  edited_at: string | null;
  deleted_at: string | null;
  sent_at: string;
}

/** Where a ticket stood before a change: what is left out of it did not change. */
export interface TicketWas {
  queue?: string;
  assigned_to?: number | null;
}

/** A part of an import that went into one queue. */
export interface ImportedPart {
  count: number;
  first_id: number;
  last_id: number;
}

/**
 * Durable frames of the stream `agents`, by type (CONTRACT.md 5). `queue`, `assigned_to` and `was` are also what decides
 * who is shown a frame where AGENT_VISIBILITY hides something (src/domain/audience): all that it takes is in the event.
 */
export interface AgentsPayloads {
  /** Without `queue` it is in `general`, where every message of a customer begins. */
  message_new: {
    message_id: number;
    status: TicketStatus;
    body: string;
    user_id: string;
    created_at: string;
    queue?: string;
  };
  messages_imported: ImportedPart & { queues: Record<string, ImportedPart> };
  message_update: {
    message_id: number;
    status: TicketStatus;
    assigned_to: number | null;
    version: number;
    reason: string;
    urgency?: Omit<UrgencyView, "terms">;
    due_at?: string;
    queue: string;
    /** Given by every change that takes a ticket out of a queue, or away from its owner. */
    was?: TicketWas;
    /** Given with `delivered`: the reply went after one that was said later, or before one that was said earlier. */
    out_of_order?: true;
  };
  message_deleted: { message_id: number; queue?: string; assigned_to?: number | null };
  batch_assigned: { agent_id: number; message_ids: number[]; reason: "pull" | "push" };
}

/** Durable frames of a stream `conversation:<id>`, by type. */
export interface ConversationPayloads {
  "message:new": { message: ChatMessage };
  "message:edited": { message: ChatMessage };
  "message:deleted": { message: ChatMessage };
  /** `message_ids`: those that this mark passed, oldest first, the newest 200 at most, and none of the notes. */
  read: { user_id: number; up_to: number; read_at: string; message_ids: number[] };
  /** The conversation as it now stands: its title, its archive or who takes part has changed. */
  conversation: {
    conversation_id: number;
    title: string;
    is_archived: boolean;
    participants: { user_id: number; name: string; role: string; joined_at: string; last_read_at: string | null }[];
  };
  ticket: {
    ticket_id: number;
    status: TicketStatus;
    assigned_to: { id: number; name: string } | null;
    version: number;
  };
}

/** Facts of the stream `desk`. */
export interface DeskPayloads {
  /** An agent can take more: it came online, or its capacity, its queues or what it holds changed. */
  room_freed: { agent_id: number; reason: string };
}

/** All durable payloads. */
export type EventPayloads = AgentsPayloads & ConversationPayloads & DeskPayloads;
export type EventType = keyof EventPayloads;

/** The stages of the queue. */
export const stages = ["score", "route", "assign", "deliver", "maintain"] as const;
export type Stage = (typeof stages)[number];

/** A fact with its place: `seq` among all events, `pos` in its stream. Both rise by exactly 1. */
export interface SequencedEvent {
  seq: number;
  stream: string;
  pos: number;
  type: string;
  payload: Record<string, unknown>;
  request_id: string | null;
  /** The job that the event causes, if any: its stage and what it is about. */
  stage: Stage | null;
  subject_id: number | null;
  created_at: string;
}

/** The frame that a socket gets for an event. */
export function frameOf(event: SequencedEvent): Record<string, unknown> {
  const frame: Record<string, unknown> = { type: event.type, stream: event.stream, pos: event.pos, ...event.payload };
  if (event.request_id !== null) frame.request_id = event.request_id;
  return frame;
}
