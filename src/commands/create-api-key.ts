import { randomBytes } from "node:crypto";
import type { Database } from "../db/database.js";
import { apiKeyHash } from "../db/queries/read-api-key.js";

/** Makes a key for server-to-server intake. The key is in this answer only: just its hash is kept. */
export async function createApiKey(
  ctx: { db: Database },
  input: { name: string; createdBy: number | null },
): Promise<{ id: number; name: string; key: string }> {
  const key = `sb_${randomBytes(32).toString("base64url")}`;
  const row = await ctx.db.kysely
    .insertInto("api_keys")
    .values({
      name: input.name,
      key_hash: apiKeyHash(key),
      created_by: input.createdBy,
      last_used_at: null,
      revoked_at: null,
    })
    .returning(["id", "name"])
    .executeTakeFirstOrThrow();
  return { ...row, key };
}
