import { sql } from "kysely";
import type { Executor } from "../database.js";

/** Rows that wait for the next step, by what they wait for. */
export interface Backlog {
  unassigned: number;
  unscored: number;
  outbox: number;
  unpublished: number;
}

/** Counts what waits: each from an index; the outbox is short as long as the sequencer runs. */
export async function readBacklog(db: Executor): Promise<Backlog> {
  const { rows } = await sql<Backlog>`
    SELECT (SELECT count(*)::int FROM tickets WHERE status = 'unassigned') AS unassigned,
           (SELECT count(*)::int FROM tickets WHERE scored_at IS NULL) AS unscored,
           (SELECT count(*)::int FROM outbox) AS outbox,
           (SELECT last_seq - published_seq FROM sequencer) AS unpublished`.execute(db);
  return rows[0] ?? { unassigned: 0, unscored: 0, outbox: 0, unpublished: 0 };
}
