import { createHash } from "node:crypto";
import type { Database } from "../../src/db/database.js";

/** Holds the lock of an Idempotency-Key in a transaction of its own, as a call that is under way elsewhere would. */
export async function createKeyLock(db: Database, parts: readonly string[]): Promise<{ release(): Promise<void> }> {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:`).update(part);
  const client = await db.pool.connect();
  await client.query("BEGIN");
  await client.query("SELECT pg_advisory_xact_lock($1::bigint)", [hash.digest().readBigInt64BE(0).toString()]);
  return {
    release: async () => {
      await client.query("ROLLBACK");
      client.release();
    },
  };
}
