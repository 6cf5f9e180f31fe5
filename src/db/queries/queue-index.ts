import type { PoolClient } from "pg";
import type { Database } from "../database.js";

/** "swbi" in ASCII: one process builds, the others leave it to that one. */
const lockKey = 0x73776269;
const index = "tickets_queue";

/**
 * Sees to it that tickets have an index by queue and id, which the lists of an agent that sees some queues only go by
 * (list-messages): without it a queue that has little is looked for along all tickets. Only AGENT_VISIBILITY=queues needs
 * it, and every fill would pay for it (measured: 1 to 2 %), so it is no migration's: a desk in another mode does not have
 * it. Built beside what goes on (CONCURRENTLY: nobody waits for it), and anew where a build was cut off. Returns whether
 * it was built here: false when it is there, or another process is at it. When `signal` is aborted its connection is left
 * alone, and it rejects.
 */
export async function ensureQueueIndex(db: Database, signal: AbortSignal): Promise<boolean> {
  const client = await db.pool.connect();
  let released = false;
  const release = (broken: boolean) => {
    if (!released) client.release(broken);
    released = true;
  };
  const leave = () => release(true);
  signal.addEventListener("abort", leave);
  try {
    signal.throwIfAborted();
    await client.query("SET statement_timeout = 0");
    const { rows } = await client.query<{ won: boolean }>("SELECT pg_try_advisory_lock($1) AS won", [lockKey]);
    const built = rows[0]?.won ? await build(client) : false;
    if (rows[0]?.won) await client.query("SELECT pg_advisory_unlock($1)", [lockKey]);
    await client.query("RESET statement_timeout");
    release(false);
    return built;
  } finally {
    // A session that failed half-way is ended, and its lock with it.
    release(true);
    signal.removeEventListener("abort", leave);
  }
}

async function build(client: PoolClient): Promise<boolean> {
  const { rows } = await client.query<{ valid: boolean }>(
    "SELECT indisvalid AS valid FROM pg_index WHERE indexrelid = to_regclass($1)",
    [index],
  );
  if (rows[0]?.valid) return false;
  if (rows[0]) await client.query(`/* patient-drop-index */ DROP INDEX CONCURRENTLY ${index}`);
  await client.query(`/* patient-create-index */ CREATE INDEX CONCURRENTLY ${index} ON tickets (queue, id)`);
  return true;
}
