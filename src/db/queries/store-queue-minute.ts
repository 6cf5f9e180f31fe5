import { sql } from "kysely";
import type { Tx } from "../database.js";

/** Up to where the history of the queues is written: the last minute, and the last rows that it counted. */
export interface QueueMarks {
  /** The minute that is to be written now: the last that ended, two seconds ago or more. */
  due: Date;
  /** The last that was written; null: none ever. */
  minute: Date | null;
  ticketId: number;
  assignmentId: number;
}

/** The marks, locked: one process writes a minute, and once. Null when there is nothing to write yet. */
export async function lockDueMarks(tx: Tx): Promise<QueueMarks | null> {
  const { rows } = await sql<QueueMarks>`
    SELECT date_trunc('minute', now() - interval '2 seconds') - interval '1 minute' AS due, minute,
           ticket_id AS "ticketId", assignment_id AS "assignmentId"
    FROM queue_minute_marks
    WHERE minute IS NULL OR minute < date_trunc('minute', now() - interval '2 seconds') - interval '1 minute'
    FOR UPDATE`.execute(tx);
  return rows[0] ?? null;
}

/**
 * The last rows that belong to the minute `due`, by id: those before the first that was made after it. What was under way
 * then has had two seconds to commit. On the first run the rows of before are nobody's minute.
 */
export async function readNextMarks(tx: Tx, marks: QueueMarks): Promise<{ ticketId: number; assignmentId: number }> {
  const { rows } = await sql<{ ticketId: number; assignmentId: number }>`
    SELECT coalesce(
             (SELECT id - 1 FROM tickets WHERE id > ${marks.ticketId}
                AND created_at >= ${marks.due}::timestamptz + interval '1 minute' ORDER BY id LIMIT 1),
             greatest(${marks.ticketId}::bigint, (SELECT max(id) FROM tickets))) AS "ticketId",
           coalesce(
             (SELECT id - 1 FROM assignments WHERE id > ${marks.assignmentId}
                AND created_at >= ${marks.due}::timestamptz + interval '1 minute' ORDER BY id LIMIT 1),
             greatest(${marks.assignmentId}::bigint, (SELECT max(id) FROM assignments))) AS "assignmentId"`.execute(tx);
  const row = rows[0];
  return { ticketId: row?.ticketId ?? marks.ticketId, assignmentId: row?.assignmentId ?? marks.assignmentId };
}

/** What came in, was given out and was closed between two marks, by queue and level as they are now. */
export interface QueueRates {
  queue: string;
  level: string;
  received: number;
  assigned: number;
  closed: number;
}

/** Counts the rows above one mark and up to the next: from the primary keys, whatever the size of the tables. */
export async function readRates(
  tx: Tx,
  from: { ticketId: number; assignmentId: number },
  upTo: { ticketId: number; assignmentId: number },
): Promise<QueueRates[]> {
  const { rows } = await sql<QueueRates>`
    SELECT queue, level, sum(received)::int AS received, sum(assigned)::int AS assigned, sum(closed)::int AS closed FROM (
      SELECT queue, coalesce(urgency_level, 'unscored') AS level, 1 AS received, 0 AS assigned, 0 AS closed
      FROM tickets WHERE id > ${from.ticketId} AND id <= ${upTo.ticketId}
      UNION ALL
      SELECT t.queue, coalesce(t.urgency_level, 'unscored'), 0, (a.from_agent IS NULL AND a.to_agent IS NOT NULL)::int,
             (a.why IN ('reply', 'sell', 'close'))::int
      FROM assignments a JOIN tickets t ON t.id = a.ticket_id
      WHERE a.id > ${from.assignmentId} AND a.id <= ${upTo.assignmentId}) rows
    GROUP BY queue, level`.execute(tx);
  return rows;
}

/** A row of the history. */
export type QueueMinuteRow = QueueRates & { depth: number; oldestS: number };

/** Writes a minute, sets the marks, and drops what is older than `keepDays`. */
export async function storeQueueMinute(
  tx: Tx,
  minute: Date,
  rows: readonly QueueMinuteRow[],
  marks: { ticketId: number; assignmentId: number },
  keepDays: number,
): Promise<void> {
  await sql`
    INSERT INTO queue_minutes (minute, queue, level, depth, oldest_s, received, assigned, closed)
    SELECT ${minute}::timestamptz, v.* FROM unnest(
      ${rows.map((row) => row.queue)}::text[], ${rows.map((row) => row.level)}::text[],
      ${rows.map((row) => row.depth)}::int[], ${rows.map((row) => row.oldestS)}::int[],
      ${rows.map((row) => row.received)}::int[], ${rows.map((row) => row.assigned)}::int[],
      ${rows.map((row) => row.closed)}::int[]) AS v
    ON CONFLICT DO NOTHING`.execute(tx);
  await sql`
    UPDATE queue_minute_marks SET minute = ${minute}, ticket_id = ${marks.ticketId},
           assignment_id = ${marks.assignmentId}`.execute(tx);
  await sql`DELETE FROM queue_minutes WHERE minute < now() - make_interval(days => ${keepDays})`.execute(tx);
}
