import { lockApiKey } from "../db/queries/read-api-key.js";
import { Refusal } from "../domain/errors.js";
import { type KeyScope, requirePermission } from "../domain/policy.js";
import { recordAudit } from "./audit.js";
import { type CommandContext, transact } from "./context.js";

/** Gives a key that is not revoked another name or other scopes. For admins. Throws `api_key_not_found`. */
export async function updateApiKey(
  ctx: CommandContext,
  input: { id: number; name?: string | undefined; scopes?: readonly KeyScope[] | undefined },
): Promise<void> {
  requirePermission(ctx.actor, "api_key.write");
  await transact(ctx, async (tx) => {
    const key = await lockApiKey(tx, input.id);
    if (!key || key.revoked) throw new Refusal("api_key_not_found", "There is no such API key.");
    const after = { name: input.name ?? key.name, scopes: [...new Set(input.scopes ?? key.scopes)] };
    await tx.updateTable("api_keys").set(after).where("id", "=", input.id).execute();
    const before = { name: key.name, scopes: key.scopes };
    await recordAudit(tx, ctx, { action: "api_key.update", subject: { kind: "api_key", id: input.id }, before, after });
  });
}
