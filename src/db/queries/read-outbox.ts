import { sql } from "kysely";
import type { SequencedEvent, Stage } from "../../contract/events.js";
import type { Executor } from "../database.js";
import { eventOf } from "./read-events.js";

/** An event that is stored and has no place in the log yet. */
export interface OutboxRow {
  id: number;
  stream: string;
  type: string;
  requestId: string | null;
  stage: Stage | null;
  subjectId: number | null;
  ageMs: number;
}

/** What waits on its way out: in the outbox for its place, and in the log for bus and queue. */
export interface OutboxState {
  waiting: number;
  oldestMs: number | null;
  byType: { type: string; stage: Stage | null; count: number }[];
  first: OutboxRow[];
  /** Highest `seq` given, and highest that was both published and enqueued. */
  lastSeq: number;
  publishedSeq: number;
}

/** The outbox as it is, with its first `limit` rows in the order in which they will leave. */
export async function readOutbox(db: Executor, limit: number): Promise<OutboxState> {
  const { rows: types } = await sql<{ type: string; stage: Stage | null; count: number; oldestMs: number }>`
    SELECT type, stage, count(*)::int AS count,
           (extract(epoch FROM now() - min(created_at)) * 1000)::float8 AS "oldestMs"
    FROM outbox GROUP BY type, stage ORDER BY count(*) DESC, type`.execute(db);
  const { rows: first } = await sql<OutboxRow>`
    SELECT id, stream, type, request_id AS "requestId", stage, subject_id AS "subjectId",
           (extract(epoch FROM now() - created_at) * 1000)::float8 AS "ageMs"
    FROM outbox ORDER BY id LIMIT ${limit}`.execute(db);
  const head = await db.selectFrom("sequencer").select(["last_seq", "published_seq"]).executeTakeFirstOrThrow();
  return {
    waiting: types.reduce((sum, { count }) => sum + count, 0),
    oldestMs: types.length === 0 ? null : Math.max(0, ...types.map(({ oldestMs }) => oldestMs)),
    byType: types.map(({ type, stage, count }) => ({ type, stage, count })),
    first,
    lastSeq: head.last_seq,
    publishedSeq: head.published_seq,
  };
}

/** The lowest `seq` that the log still keeps; null when it is empty. */
export async function readOldestSeq(db: Executor): Promise<number | null> {
  const { rows } = await sql<{ seq: number | null }>`SELECT min(seq) AS seq FROM events`.execute(db);
  return rows[0]?.seq ?? null;
}

type EventRow = Omit<SequencedEvent, "created_at"> & { created_at: Date };

/** Events with a job, `seq` above `after` and up to `upTo`, in order, at most `limit`; of one stage, if it is named. */
export async function readJobEvents(
  db: Executor,
  range: { after: number; upTo: number; stage: Stage | null; limit: number },
): Promise<SequencedEvent[]> {
  const { rows } = await sql<EventRow>`
    SELECT seq, stream, pos, type, payload, request_id, stage, subject_id, created_at FROM events
    WHERE seq > ${range.after} AND seq <= ${range.upTo} AND stage IS NOT NULL
      AND (${range.stage}::text IS NULL OR stage = ${range.stage}::text)
    ORDER BY seq LIMIT ${range.limit}`.execute(db);
  return rows.map(eventOf);
}

/** Events of a request among those with `seq` above `after` and up to `upTo`, in order, at most 1,000. */
export async function readRequestEvents(
  db: Executor,
  requestId: string,
  range: { after: number; upTo: number },
): Promise<SequencedEvent[]> {
  const { rows } = await sql<EventRow>`
    SELECT seq, stream, pos, type, payload, request_id, stage, subject_id, created_at FROM events
    WHERE seq > ${range.after} AND seq <= ${range.upTo} AND request_id = ${requestId}
    ORDER BY seq LIMIT 1000`.execute(db);
  return rows.map(eventOf);
}
