import { sql } from "kysely";
import type { Database } from "../db/database.js";

/**
 * A new epoch of the log, for after a restore: positions may name other events than before, so every client is told to
 * fetch its state anew (CONTRACT.md 5). Returns the epoch.
 */
export async function beginEpoch(ctx: { db: Database }): Promise<string> {
  const row = await ctx.db.kysely
    .updateTable("system")
    .set({ epoch: sql<string>`replace(gen_random_uuid()::text, '-', '')` })
    .returning("epoch")
    .executeTakeFirstOrThrow();
  return row.epoch;
}
