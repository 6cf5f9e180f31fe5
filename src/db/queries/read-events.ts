import { type RawBuilder, sql } from "kysely";
import type { SequencedEvent, Stage } from "../../contract/events.js";
import type { Executor } from "../database.js";

interface EventRow {
  seq: number;
  stream: string;
  pos: number;
  type: string;
  payload: Record<string, unknown>;
  request_id: string | null;
  stage: Stage | null;
  subject_id: number | null;
  created_at: Date;
}

/** The event that a row of `events` is. */
export function eventOf(row: EventRow): SequencedEvent {
  return { ...row, created_at: row.created_at.toISOString() };
}

async function read(db: Executor, where: RawBuilder<unknown>): Promise<SequencedEvent[]> {
  const { rows } = await sql<EventRow>`
    SELECT seq, stream, pos, type, payload, request_id, stage, subject_id, created_at FROM events ${where}`.execute(db);
  return rows.map(eventOf);
}

/** Events with `seq` above `after`, in order, at most `limit`. */
export function readEventsAfter(db: Executor, after: number, limit: number): Promise<SequencedEvent[]> {
  return read(db, sql`WHERE seq > ${after} ORDER BY seq LIMIT ${limit}`);
}

/** A stream's events with `pos` above `after`, in order, at most `limit`. */
export function readStreamAfter(db: Executor, stream: string, after: number, limit: number): Promise<SequencedEvent[]> {
  return read(db, sql`WHERE stream = ${stream} AND pos > ${after} ORDER BY pos LIMIT ${limit}`);
}

/** Highest `seq` given so far, and highest that was published and enqueued. */
export async function readHead(db: Executor): Promise<{ lastSeq: number; publishedSeq: number }> {
  const row = await db.selectFrom("sequencer").select(["last_seq", "published_seq"]).executeTakeFirstOrThrow();
  return { lastSeq: row.last_seq, publishedSeq: row.published_seq };
}

/**
 * Where a stream stands: its last position (0: nothing was ever said) and the oldest that is still kept
 * (`pos + 1` when none is).
 */
export async function readStreamHead(db: Executor, stream: string): Promise<{ pos: number; oldest: number }> {
  const { rows } = await sql<{ pos: number; oldest: number | null }>`
    SELECT coalesce((SELECT last_pos FROM streams WHERE stream = ${stream}), 0) AS pos,
           (SELECT min(pos) FROM events WHERE stream = ${stream}) AS oldest`.execute(db);
  const row = rows[0];
  const pos = Number(row?.pos ?? 0);
  return { pos, oldest: row?.oldest ?? pos + 1 };
}

/** Where each of these streams stands, with the log's epoch. */
export async function readStreamHeads(
  db: Executor,
  streams: readonly string[],
): Promise<Map<string, { epoch: string; pos: number; oldest: number }>> {
  const { rows } = await sql<{ stream: string; epoch: string; pos: number; oldest: number | null }>`
    SELECT asked.stream, system.epoch, coalesce(streams.last_pos, 0) AS pos,
           (SELECT min(events.pos) FROM events WHERE events.stream = asked.stream) AS oldest
    FROM unnest(${[...streams]}::text[]) AS asked(stream) CROSS JOIN system
    LEFT JOIN streams ON streams.stream = asked.stream`.execute(db);
  return new Map(
    rows.map(({ stream, epoch, pos, oldest }) => [
      stream,
      { epoch, pos: Number(pos), oldest: Number(oldest ?? Number(pos) + 1) },
    ]),
  );
}

/** The epoch of this log: a client that holds another one has to start over. */
export async function readEpoch(db: Executor): Promise<string> {
  return (await db.selectFrom("system").select("epoch").executeTakeFirstOrThrow()).epoch;
}
