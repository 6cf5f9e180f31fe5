import type { ClientBase, Pool } from "pg";
import type { Database } from "../database.js";
import { sqlState } from "../transaction.js";

/** SQLSTATE lock_not_available: `lock_timeout` has passed. */
const lockNotAvailable = "55P03";

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

interface OldPartition {
  name: string;
  state: "attached" | "pending" | "detached";
}

/**
 * Drops the partitions whose day (UTC) ended more than `retentionDays` ago, and returns their names. DETACH CONCURRENTLY
 * first, so that readers of the log are not locked out; a detach or a drop that was interrupted is finished. It waits at
 * most a second for a lock and then leaves the rest to the next round: a table has only one detach pending.
 */
export async function dropOldPartitions(db: Database, retentionDays: number): Promise<string[]> {
  const client = await db.pool.connect();
  const dropped: string[] = [];
  try {
    await client.query("SET lock_timeout = '1s'");
    for (const { name, state } of await readOldPartitions(client, retentionDays)) {
      const table = client.escapeIdentifier(name);
      if (state === "pending") await client.query(`ALTER TABLE events DETACH PARTITION ${table} FINALIZE`);
      if (state === "attached") await client.query(`ALTER TABLE events DETACH PARTITION ${table} CONCURRENTLY`);
      await client.query(`DROP TABLE ${table}`);
      dropped.push(name);
    }
  } catch (error) {
    if (sqlState(error) !== lockNotAvailable) throw error;
  } finally {
    await client.query("RESET lock_timeout").then(
      () => client.release(),
      (error) => client.release(error),
    );
  }
  return dropped;
}

/** Oldest first, but before them the pending one: nothing else can be detached before it. */
async function readOldPartitions(client: ClientBase, retentionDays: number): Promise<OldPartition[]> {
  const { rows } = await client.query<OldPartition>(
    `SELECT c.relname AS name,
            CASE WHEN i.inhrelid IS NULL THEN 'detached' WHEN i.inhdetachpending THEN 'pending' ELSE 'attached' END AS state
     FROM pg_class c LEFT JOIN pg_inherits i ON i.inhrelid = c.oid AND i.inhparent = 'events'::regclass
     WHERE c.relkind = 'r' AND c.relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = 'events'::regclass)
       AND c.relname ~ '^events_[0-9]{8}$'
       AND to_date(right(c.relname, 8), 'YYYYMMDD') + 1 <= (now() AT TIME ZONE 'UTC')::date - $1::int
     ORDER BY coalesce(i.inhdetachpending, false) DESC, c.relname`,
    [retentionDays],
  );
  return rows;
}
