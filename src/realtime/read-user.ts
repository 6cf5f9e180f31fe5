import type { Database } from "../db/database.js";
import type { KnownUser } from "./authenticate.js";

/** Reads a user's rights as they are now, by primary key; null when there is none. */
export function userReader(db: Database): (id: number) => Promise<KnownUser | null> {
  return async (id) => {
    const row = await db.kysely
      .selectFrom("users")
      .select(["role", "name", "token_version", "disabled_at"])
      .where("id", "=", id)
      .executeTakeFirst();
    if (!row) return null;
    return { role: row.role, name: row.name, tokenVersion: row.token_version, disabled: row.disabled_at !== null };
  };
}
