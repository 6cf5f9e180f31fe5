import { sql } from "kysely";
import type { Database } from "../db/database.js";
import { inTransaction } from "../db/transaction.js";
import { Refusal } from "../domain/errors.js";
import { hashPassword } from "../runtime/passwords.js";

/** Sets a user's password; its access and refresh tokens end with the old one. Throws `user_not_found`. */
export async function setPassword(ctx: { db: Database }, input: { userId: number; password: string }): Promise<void> {
  const passwordHash = await hashPassword(input.password);
  await inTransaction(ctx.db, async (tx) => {
    const user = await tx
      .updateTable("users")
      .set((eb) => ({
        password_hash: passwordHash,
        token_version: eb("token_version", "+", 1),
        updated_at: sql<Date>`now()`,
      }))
      .where("id", "=", input.userId)
      .returning("id")
      .executeTakeFirst();
    if (!user) throw new Refusal("user_not_found", "There is no such user.");
    await tx.deleteFrom("refresh_tokens").where("user_id", "=", input.userId).execute();
  });
}
