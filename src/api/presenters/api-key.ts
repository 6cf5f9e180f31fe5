import type { ApiKeyView } from "../../contract/http/api-keys.js";
import type { ApiKeyRow } from "../../db/queries/read-api-key.js";

/** A key as admins see it: never the key itself. */
export function presentApiKey(row: ApiKeyRow): ApiKeyView {
  return {
    id: row.id,
    name: row.name,
    scopes: row.scopes,
    created_by: row.createdBy,
    created_at: row.createdAt.toISOString(),
    last_used_at: row.lastUsedAt?.toISOString() ?? null,
    revoked_at: row.revokedAt?.toISOString() ?? null,
  };
}
