import { deleteUserRow, disableUser, lockUser, readLivingRole } from "../db/queries/change-user.js";
import { Refusal } from "../domain/errors.js";
import { requirePermission } from "../domain/policy.js";
import { recordAudit } from "./audit.js";
import { type CommandContext, transact } from "./context.js";
import { deleteAgent } from "./delete-agent.js";
import { requireAnotherAdmin } from "./update-user.js";

/**
 * Disables an agent or an admin for good: its tokens end, its address is free, its row stays under its name, which history
 * goes on to show; an agent's tickets wait again. A customer is erased, not deleted: `is_customer`. For admins. Throws
 * `user_not_found`, and `last_admin` rather than delete the last enabled one.
 */
export async function deleteUser(ctx: CommandContext, input: { userId: number }): Promise<void> {
  requirePermission(ctx.actor, "user.write");
  const { userId } = input;
  const none = () => new Refusal("user_not_found", "There is no such user.");
  const role = await readLivingRole(ctx.db.kysely, userId);
  if (!role) throw none();
  if (role === "customer") {
    throw new Refusal("is_customer", `A customer is erased, with all that it said: DELETE /api/customers/${userId}/.`);
  }
  if (role === "agent") {
    await deleteAgent(ctx, { agentId: userId });
    return;
  }
  await transact(ctx, async (tx) => {
    await requireAnotherAdmin(tx, userId);
    const user = await lockUser(tx, userId);
    if (!user) throw none();
    await disableUser(tx, userId);
    await deleteUserRow(tx, userId);
    const before = { role, name: user.name, email: user.email, disabled: user.disabled };
    await recordAudit(tx, ctx, { action: "user.delete", subject: { kind: "user", id: userId }, before });
  });
}
