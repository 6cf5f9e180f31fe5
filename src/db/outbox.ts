import { sql } from "kysely";
import type { EventPayloads, EventType, Stage } from "../contract/events.js";
import type { Executor } from "./database.js";

/** An event as a command writes it: it has no position yet. */
export interface OutboxEvent<T extends EventType = EventType> {
  stream: string;
  type: T;
  payload: EventPayloads[T];
  /** The job that the event causes: its stage, and the id that the job is about. */
  job?: { stage: Stage; subjectId: number };
  /** The request that this one event goes back to, where a batch's events go back to several. */
  requestId?: string | null;
}

/** An OutboxEvent whose payload fits its type. */
export function outboxEvent<T extends EventType>(event: OutboxEvent<T>): OutboxEvent {
  return event as unknown as OutboxEvent;
}

/**
 * Writes events in the caller's transaction. Call it after what they are about is locked: the outbox's ids are then in
 * lock order, which the sequencer keeps (I4).
 */
export async function appendEvents(tx: Executor, events: OutboxEvent[], requestId: string | null): Promise<void> {
  if (events.length === 0) return;
  await sql`
    /* append-events */
    INSERT INTO outbox (stream, type, payload, request_id, stage, subject_id)
    SELECT * FROM unnest(
      ${events.map((event) => event.stream)}::text[], ${events.map((event) => event.type)}::text[],
      ${events.map((event) => JSON.stringify(event.payload))}::jsonb[],
      ${events.map((event) => event.requestId ?? requestId)}::text[],
      ${events.map((event) => event.job?.stage ?? null)}::text[],
      ${events.map((event) => event.job?.subjectId ?? null)}::bigint[])`.execute(tx);
}
