import { createHash } from "node:crypto";
import type { Executor } from "../database.js";

/** How a key is kept: its SHA-256. The key itself has 256 random bits, so no slow hash is needed. */
export function apiKeyHash(key: string): Buffer {
  return createHash("sha256").update(key).digest();
}

/** The key's id and name, or null when it is unknown or revoked. */
export async function findApiKey(db: Executor, key: string): Promise<{ id: number; name: string } | null> {
  const row = await db
    .selectFrom("api_keys")
    .select(["id", "name"])
    .where("key_hash", "=", apiKeyHash(key))
    .where("revoked_at", "is", null)
    .executeTakeFirst();
  return row ?? null;
}
