import { sql } from "kysely";
import type { Executor } from "../database.js";

/** What waits for a job that may have been lost, and since when. */
export interface LostWork {
  subjectId: number;
  since: Date;
}

/** How far a look for lost work goes. */
export interface LostWorkScope {
  /** Only what waited before that time. */
  before: Date;
  /** Subjects that are known to be in hand, or dead. */
  except: readonly number[];
  limit: number;
}

/**
 * Before that time, everything that was committed has been sequenced, published and enqueued: the time of the oldest
 * event that has not, or now. The first rows in id and seq order are the oldest but for milliseconds, and cost nothing
 * to find; the sweep's 5 s cover the difference.
 */
export async function readEnqueuedUpTo(db: Executor): Promise<{ now: Date; upTo: Date }> {
  const { rows } = await sql<{ now: Date; upTo: Date }>`
    SELECT now() AS now, least(
      now(),
      (SELECT created_at FROM outbox ORDER BY id LIMIT 1),
      (SELECT created_at FROM events WHERE seq > (SELECT published_seq FROM sequencer) ORDER BY seq LIMIT 1)
    ) AS "upTo"`.execute(db);
  const row = rows[0];
  return { now: row?.now ?? new Date(0), upTo: row?.upTo ?? new Date(0) };
}

/**
 * Customers' latest messages whose ticket has no score, whatever its status (I3), oldest ticket first. From the partial
 * index on `scored_at IS NULL`; `updated_at` keeps out old tickets that were touched just now, and imported ones whose
 * time is the file's.
 */
export async function findUnscored(db: Executor, scope: LostWorkScope): Promise<LostWork[]> {
  const { rows } = await sql<LostWork>`
    SELECT m.id AS "subjectId", greatest(m.created_at, t.updated_at) AS since
    FROM tickets t JOIN messages m ON m.conversation_id = t.conversation_id AND m.seq = t.customer_seq
    WHERE t.scored_at IS NULL AND t.created_at < ${scope.before} AND t.updated_at < ${scope.before}
      AND m.created_at < ${scope.before} AND m.id <> ALL(${[...scope.except]}::bigint[])
    ORDER BY t.created_at LIMIT ${scope.limit}`.execute(db);
  return rows;
}

/** Waiting tickets that are scored and not routed, oldest first. Owned and closed ones need no queue. */
export async function findUnrouted(db: Executor, scope: LostWorkScope): Promise<LostWork[]> {
  const { rows } = await sql<LostWork>`
    SELECT id AS "subjectId", greatest(scored_at, updated_at) AS since FROM tickets
    WHERE routed_at IS NULL AND scored_at IS NOT NULL AND status = 'unassigned' AND created_at < ${scope.before}
      AND scored_at < ${scope.before} AND updated_at < ${scope.before} AND id <> ALL(${[...scope.except]}::bigint[])
    ORDER BY created_at LIMIT ${scope.limit}`.execute(db);
  return rows;
}

/**
 * Replies that are due and were not tried, the longest due first. What goes to webhooks is looked for in the tables by the
 * couriers themselves (workers/courier.ts), and one that waits for its reader on the socket is never due.
 */
export async function findUndelivered(db: Executor, scope: LostWorkScope): Promise<LostWork[]> {
  const { rows } = await sql<LostWork>`
    SELECT id AS "subjectId", next_attempt_at AS since FROM deliveries
    WHERE status = 'pending' AND channel <> 'webhook' AND next_attempt_at < ${scope.before} AND id <> ALL(${[...scope.except]}::bigint[])
    ORDER BY next_attempt_at, id LIMIT ${scope.limit}`.execute(db);
  return rows;
}
