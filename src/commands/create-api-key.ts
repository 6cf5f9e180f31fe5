import { randomBytes } from "node:crypto";
import type { Database } from "../db/database.js";
import { apiKeyHash } from "../db/queries/read-api-key.js";
import { inTransaction } from "../db/transaction.js";
import { type KeyScope, keyScopes } from "../domain/policy.js";
import { type AuditContext, recordAudit } from "./audit.js";

/**
 * Makes a key for server-to-server calls. The key is in this answer only: just its hash is kept. It may do what its
 * scopes say, all unless told. Audited where somebody acts.
 */
export async function createApiKey(
  ctx: { db: Database } & Partial<AuditContext>,
  input: { name: string; createdBy: number | null; scopes?: readonly KeyScope[] },
): Promise<{ id: number; name: string; key: string }> {
  const key = `sb_${randomBytes(32).toString("base64url")}`;
  const scopes = [...new Set(input.scopes ?? keyScopes)];
  return inTransaction(ctx.db, async (tx) => {
    const row = await tx
      .insertInto("api_keys")
      .values({
        name: input.name,
        key_hash: apiKeyHash(key),
        created_by: input.createdBy,
        last_used_at: null,
        revoked_at: null,
        scopes,
      })
      .returning(["id", "name"])
      .executeTakeFirstOrThrow();
    const { actor, requestId = null } = ctx;
    const after = { name: input.name, scopes };
    const entry = { action: "api_key.create", subject: { kind: "api_key", id: row.id }, after } as const;
    if (actor) await recordAudit(tx, { actor, requestId }, entry);
    return { ...row, key };
  });
}
