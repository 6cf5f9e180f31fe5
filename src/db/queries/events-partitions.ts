import type { ClientBase, Pool } from "pg";
import type { Database } from "../database.js";

const dayMs = 86_400_000;

/** Makes the log's partitions for today (UTC) and the days ahead, unless they are there. */
export async function makePartitions(client: ClientBase | Pool, daysAhead: number): Promise<void> {
  await client.query(
    "SELECT make_events_partition((now() AT TIME ZONE 'UTC')::date + n) FROM generate_series(0, $1::int) n",
    [daysAhead],
  );
}

/** `makePartitions` through the pool. */
export function ensurePartitions(db: Database, daysAhead = 3): Promise<void> {
  return makePartitions(db.pool, daysAhead);
}

/**
 * Drops the partitions whose last day is more than `retentionDays` ago, and returns their names. DETACH CONCURRENTLY
 * first, so that readers of the log are not locked out; one that was interrupted is finished. Never waits longer than a
 * second for a lock: what is busy now is dropped at the next round.
 */
export async function dropOldPartitions(db: Database, retentionDays: number): Promise<string[]> {
  const client = await db.pool.connect();
  const dropped: string[] = [];
  try {
    await client.query("SET lock_timeout = '1s'");
    const { rows } = await client.query<{ name: string; pending: boolean }>(`
      SELECT c.relname AS name, i.inhdetachpending AS pending
      FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'events'::regclass ORDER BY c.relname`);
    for (const { name, pending } of rows) {
      if (!isOlderThan(name, retentionDays)) continue;
      const table = client.escapeIdentifier(name);
      await client.query(`ALTER TABLE events DETACH PARTITION ${table} ${pending ? "FINALIZE" : "CONCURRENTLY"}`);
      await client.query(`DROP TABLE ${table}`);
      dropped.push(name);
    }
  } finally {
    await client.query("RESET lock_timeout").then(
      () => client.release(),
      (error) => client.release(error),
    );
  }
  return dropped;
}

/** Whether the day of a partition `events_YYYYMMDD` ended more than `days` ago. */
function isOlderThan(name: string, days: number): boolean {
  const match = /^events_(\d{4})(\d{2})(\d{2})$/.exec(name);
  if (!match) return false;
  const end = Date.UTC(Number(match[1]), Number(match[2]) - 1, Number(match[3])) + dayMs;
  return end < Date.now() - days * dayMs;
}
