import type { Database } from "../db/database.js";
import { Refusal } from "../domain/errors.js";
import { type CreatedUser, createUser } from "./create-user.js";

async function firstAdmin(db: Database): Promise<CreatedUser | undefined> {
  return db.kysely
    .selectFrom("users")
    .select(["id", "role", "name", "email"])
    .where("role", "=", "admin")
    .where("disabled_at", "is", null)
    .orderBy("id")
    .limit(1)
    .executeTakeFirst();
}

/** The first admin; made with this address and password (ADMIN_EMAIL, ADMIN_PASSWORD) when there is none at all. */
export async function ensureFirstAdmin(
  ctx: { db: Database },
  input: { email: string; password: string },
): Promise<CreatedUser & { made: boolean }> {
  const found = await firstAdmin(ctx.db);
  if (found) return { ...found, made: false };
  try {
    return { ...(await createUser(ctx, { role: "admin", name: "Admin", ...input })), made: true };
  } catch (error) {
    // Another process made it at the same moment.
    const made = error instanceof Refusal ? await firstAdmin(ctx.db) : undefined;
    if (made) return { ...made, made: false };
    throw error;
  }
}
