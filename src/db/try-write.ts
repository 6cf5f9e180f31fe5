import type { Database } from "./database.js";

/** More than a page that happens to be free: a disk with less room than that is full. */
const probeBytes = 512 * 1024;

/**
 * Whether the database has room to write: fills a temporary table and forgets it. Rejects with what Postgres says. A
 * `SELECT` says nothing of it: reading goes on while the disk is full.
 */
export async function tryWrite(db: Pick<Database, "pool">): Promise<void> {
  const client = await db.pool.connect();
  let broken: Error | undefined;
  try {
    await client.query("BEGIN");
    await client.query("CREATE TEMPORARY TABLE write_probe (text text) ON COMMIT DROP");
    // Random, so that it is stored as long as it is: Postgres compresses what it can.
    await client.query(
      `INSERT INTO write_probe
       SELECT string_agg(md5(random()::text), '') FROM generate_series(1, $1::int) AS n GROUP BY n / 32`,
      [probeBytes / 32],
    );
  } finally {
    await client.query("ROLLBACK").catch((failure: Error) => {
      broken = failure;
    });
    client.release(broken);
  }
}
