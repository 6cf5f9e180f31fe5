import { createHash } from "node:crypto";
import { sql } from "kysely";
import type { Executor, Tx } from "../database.js";

/** How a key is kept: its SHA-256. The key itself has 256 random bits, so no slow hash is needed. */
export function apiKeyHash(key: string): Buffer {
  return createHash("sha256").update(key).digest();
}

/** A key that is good. */
export interface KnownKey {
  id: number;
  name: string;
  scopes: string[];
  /** Its last use was never written, or more than a minute ago. */
  useIsOld: boolean;
}

/** What a key is, or null when it is unknown or revoked. */
export async function findApiKey(db: Executor, key: string): Promise<KnownKey | null> {
  const { rows } = await sql<KnownKey>`/* find-api-key */
    SELECT id, name, scopes, coalesce(last_used_at <= now() - interval '1 minute', true) AS "useIsOld"
    FROM api_keys WHERE key_hash = ${apiKeyHash(key)} AND revoked_at IS NULL`.execute(db);
  return rows[0] ?? null;
}

/** Notes that a key is used now, once a minute at most, whoever else notes it. */
export async function noteKeyUse(db: Executor, id: number): Promise<void> {
  await sql`
    UPDATE api_keys SET last_used_at = now()
    WHERE id = ${id} AND (last_used_at IS NULL OR last_used_at <= now() - interval '1 minute')`.execute(db);
}

/** A key as admins see it. */
export interface ApiKeyRow {
  id: number;
  name: string;
  scopes: string[];
  createdBy: number | null;
  createdAt: Date;
  lastUsedAt: Date | null;
  revokedAt: Date | null;
}

const rows = (db: Executor) =>
  db
    .selectFrom("api_keys")
    .select([
      "id",
      "name",
      "scopes",
      "created_by as createdBy",
      "created_at as createdAt",
      "last_used_at as lastUsedAt",
      "revoked_at as revokedAt",
    ]);

/** Keys by id, revoked ones too, after `afterId`. */
export async function listApiKeys(
  db: Executor,
  options: { afterId: number | undefined; limit: number },
): Promise<ApiKeyRow[]> {
  let query = rows(db).orderBy("id").limit(options.limit);
  if (options.afterId !== undefined) query = query.where("id", ">", options.afterId);
  return query.execute();
}

/** One key by its id, or null. */
export async function readApiKey(db: Executor, id: number): Promise<ApiKeyRow | null> {
  return (await rows(db).where("id", "=", id).executeTakeFirst()) ?? null;
}

/** Locks a key's row; null when there is none. */
export async function lockApiKey(
  tx: Tx,
  id: number,
): Promise<{ name: string; scopes: string[]; revoked: boolean } | null> {
  const { rows: found } = await sql<{ name: string; scopes: string[]; revoked: boolean }>`
    SELECT name, scopes, revoked_at IS NOT NULL AS revoked FROM api_keys WHERE id = ${id} FOR UPDATE`.execute(tx);
  return found[0] ?? null;
}
