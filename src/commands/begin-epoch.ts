import { sql } from "kysely";
import type { Database } from "../db/database.js";
import { inTransaction } from "../db/transaction.js";
import { type AuditContext, recordAudit } from "./audit.js";

/**
 * A new epoch of the log, for after a restore: positions may name other events than before, so every client is told to
 * fetch its state anew (CONTRACT.md 5). Returns the epoch.
 */
export async function beginEpoch(ctx: { db: Database } & AuditContext): Promise<string> {
  return inTransaction(ctx.db, async (tx) => {
    const { epoch } = await tx
      .updateTable("system")
      .set({ epoch: sql<string>`replace(gen_random_uuid()::text, '-', '')` })
      .returning("epoch")
      .executeTakeFirstOrThrow();
    await recordAudit(tx, ctx, { action: "desk.restore_done", subject: { kind: "desk", id: null }, after: { epoch } });
    return epoch;
  });
}
