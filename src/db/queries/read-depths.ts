import { sql } from "kysely";
import type { Executor } from "../database.js";

/** What waits in a queue at one level; `unscored` where there is no level yet. */
export interface Depth {
  queue: string;
  level: string;
  waiting: number;
  /** Since when the longest of them waits for an answer, seconds. */
  oldestS: number;
}

/**
 * What waits, by queue and level: the one read here whose cost grows with the backlog (200,000: about 100 ms), so that who
 * shows it remembers it, and the history reads it once a minute.
 */
export async function readDepths(db: Executor): Promise<Depth[]> {
  const { rows } = await sql<Depth>`
    SELECT queue, coalesce(urgency_level, 'unscored') AS level, count(*)::int AS waiting,
           greatest(0, floor(extract(epoch FROM now() - min(coalesce(first_unanswered_at, created_at)))))::int AS "oldestS"
    FROM tickets WHERE status = 'unassigned' GROUP BY 1, 2`.execute(db);
  return rows;
}
