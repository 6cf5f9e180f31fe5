import { sql } from "kysely";
import type { Tx } from "../db/database.js";
import {
  disableUser,
  enableUser,
  lockAdmins,
  lockUser,
  readLivingRole,
  setAgentDisabled,
  setOffline,
  type UserToChange,
} from "../db/queries/change-user.js";
import { lockAnyAgent } from "../db/queries/lock-agent.js";
import { fieldNames } from "../domain/audit.js";
import { Refusal } from "../domain/errors.js";
import { type Role, requirePermission } from "../domain/policy.js";
import { recordAudit } from "./audit.js";
import { type CommandContext, transact } from "./context.js";
import { refusalOf } from "./create-user.js";
import { giveBackTickets } from "./give-back-tickets.js";
import { hashGated } from "./password-gate.js";
import { storePassword } from "./set-password.js";

/** What is to change of a user; what is left out stays. */
export interface UserChange {
  userId: number;
  name?: string | undefined;
  /** null: it cannot sign in by one. */
  email?: string | null | undefined;
  password?: string | undefined;
  disabled?: boolean | undefined;
  /** Only what it is: a role never changes. */
  role?: Role | undefined;
}

/**
 * Changes a user of any role. Disabling it ends its access tokens and its sessions at once, and an agent gives back all that
 * it holds, with its age kept; enabling it again brings none of that back. A new password ends its tokens and sessions too.
 * For admins. Throws `user_not_found`, `email_taken`, `invalid_body` for another role, and `last_admin` rather than disable the last enabled one.
 * `signedOut`: its sockets are to be closed.
 */
export async function updateUser(ctx: CommandContext, input: UserChange): Promise<{ signedOut: boolean }> {
  requirePermission(ctx.actor, "user.write");
  const passwordHash = input.password === undefined ? null : await hashGated(input.password);
  try {
    return await transact(ctx, async (tx) => {
      const user = await lockToChange(tx, ctx, input);
      if (input.role !== undefined && input.role !== user.role) throw roleChange();
      const disabling = input.disabled === true && !user.disabled;
      await changePerson(tx, input);
      if (disabling) await disableUser(tx, user.id);
      if (input.disabled === false) await enableUser(tx, user.id);
      await audit(tx, ctx, user, input);
      if (passwordHash !== null) await storePassword(tx, ctx, { userId: user.id, passwordHash });
      return { signedOut: disabling || passwordHash !== null };
    });
  } catch (error) {
    throw refusalOf(error);
  }
}

const roleChange = () =>
  new Refusal("invalid_body", "A role never changes: add another user.", {
    errors: [{ path: "body.role", message: "cannot be changed" }],
  });

/** Locks in the one order: agent, its tickets, users. */
async function lockToChange(tx: Tx, ctx: CommandContext, { userId, disabled }: UserChange): Promise<UserToChange> {
  const none = () => new Refusal("user_not_found", "There is no such user.");
  const role = await readLivingRole(tx, userId);
  if (!role) throw none();
  if (disabled && role === "agent") {
    const agent = await lockAnyAgent(tx, userId);
    if (!agent) throw none();
    await giveBackTickets(tx, ctx, agent, { only: "all", why: "agent_disabled" });
    await setOffline(tx, userId);
    await setAgentDisabled(tx, userId, true);
  }
  if (disabled === false && role === "agent") await setAgentDisabled(tx, userId, false);
  if (disabled && role === "admin") await requireAnotherAdmin(tx, userId);
  const user = await lockUser(tx, userId);
  if (!user) throw none();
  return user;
}

/** Throws `last_admin` when that user is the only enabled admin. All of them are locked until the transaction ends. */
export async function requireAnotherAdmin(tx: Tx, userId: number): Promise<void> {
  const admins = await lockAdmins(tx);
  if (admins.length === 1 && admins[0] === userId) {
    throw new Refusal("last_admin", "The last admin cannot be disabled or deleted: make another one first.");
  }
}

async function changePerson(tx: Tx, { userId, name, email }: UserChange): Promise<void> {
  if (name === undefined && email === undefined) return;
  await tx
    .updateTable("users")
    .set({
      updated_at: sql<Date>`now()`,
      ...(name !== undefined ? { name } : {}),
      ...(email !== undefined ? { email } : {}),
    })
    .where("id", "=", userId)
    .execute();
}

/** Of a customer the names of what was changed are kept, never values. */
async function audit(tx: Tx, ctx: CommandContext, user: UserToChange, input: UserChange): Promise<void> {
  const { name = user.name, email = user.email, disabled = user.disabled } = input;
  const changed = { name: input.name, email: input.email, disabled: input.disabled };
  const fields = fieldNames(changed);
  if (fields.length === 0) return;
  const subject = { kind: "user", id: user.id } as const;
  const [before, after] =
    user.role === "customer"
      ? [{ disabled: user.disabled }, { disabled, fields }]
      : [
          { name: user.name, email: user.email, disabled: user.disabled },
          { name, email, disabled },
        ];
  await recordAudit(tx, ctx, { action: "user.update", subject, before, after });
}
