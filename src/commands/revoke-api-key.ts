import { sql } from "kysely";
import { lockApiKey } from "../db/queries/read-api-key.js";
import { Refusal } from "../domain/errors.js";
import { requirePermission } from "../domain/policy.js";
import { recordAudit } from "./audit.js";
import { type CommandContext, transact } from "./context.js";

/**
 * Revokes a key: it is taken no more, two seconds later at the latest. Its row stays, and is listed as revoked; again
 * changes nothing. For admins. Throws `api_key_not_found`.
 */
export async function revokeApiKey(ctx: CommandContext, input: { id: number }): Promise<void> {
  requirePermission(ctx.actor, "api_key.write");
  await transact(ctx, async (tx) => {
    const key = await lockApiKey(tx, input.id);
    if (!key) throw new Refusal("api_key_not_found", "There is no such API key.");
    if (key.revoked) return;
    await tx.updateTable("api_keys").set({ revoked_at: sql<Date>`now()` }).where("id", "=", input.id).execute();
    const before = { name: key.name, scopes: key.scopes };
    await recordAudit(tx, ctx, { action: "api_key.revoke", subject: { kind: "api_key", id: input.id }, before });
  });
}
