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
  const [streams, types, payloads, requestIds, stages, subjectIds] = outboxColumns(events, requestId);
  await sql`
    /* append-events */
    INSERT INTO outbox (stream, type, payload, request_id, stage, subject_id)
    SELECT * FROM unnest(
      ${streams}::text[], ${types}::text[], ${payloads}::jsonb[], ${requestIds}::text[], ${stages}::text[],
      ${subjectIds}::bigint[])`.execute(tx);
}

/** Events as the outbox's columns: stream, type, payload, request_id, stage, subject_id. */
export function outboxColumns(events: readonly OutboxEvent[], requestId: string | null) {
  return [
    events.map((event) => event.stream),
    events.map((event) => event.type as string),
    events.map((event) => JSON.stringify(event.payload)),
    events.map((event) => event.requestId ?? requestId),
    events.map((event) => event.job?.stage ?? null),
    events.map((event) => event.job?.subjectId ?? null),
  ] as const;
}
