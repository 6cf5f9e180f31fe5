import { sql } from "kysely";
import type { Database, Tx } from "../db/database.js";
import { deleteSessions } from "../db/queries/sessions.js";
import { inTransaction } from "../db/transaction.js";
import { Refusal } from "../domain/errors.js";
import { type AuditContext, recordAudit } from "./audit.js";
import { hashGated } from "./password-gate.js";

/**
 * Sets a user's password; its access tokens and its sessions end with the old one. Whoever calls has its sockets closed.
 * Throws `user_not_found`.
 */
export async function setPassword(
  ctx: { db: Database } & AuditContext,
  input: { userId: number; password: string },
): Promise<void> {
  const passwordHash = await hashGated(input.password);
  await inTransaction(ctx.db, (tx) => storePassword(tx, ctx, { userId: input.userId, passwordHash }));
}

/** The same for a hash that is there, in the caller's transaction. */
export async function storePassword(
  tx: Tx,
  ctx: AuditContext,
  { userId, passwordHash }: { userId: number; passwordHash: string },
): Promise<void> {
  const user = await tx
    .updateTable("users")
    .set((eb) => ({
      password_hash: passwordHash,
      token_version: eb("token_version", "+", 1),
      updated_at: sql<Date>`now()`,
    }))
    .where("id", "=", userId)
    .returning("id")
    .executeTakeFirst();
  if (!user) throw new Refusal("user_not_found", "There is no such user.");
  await deleteSessions(tx, userId);
  await recordAudit(tx, ctx, { action: "user.password", subject: { kind: "user", id: userId } });
}
