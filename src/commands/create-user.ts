import type { Database, Tx } from "../db/database.js";
import { inTransaction, sqlState } from "../db/transaction.js";
import { Refusal } from "../domain/errors.js";
import type { Role } from "../domain/policy.js";
import { type AuditContext, recordAudit } from "./audit.js";
import { hashGated } from "./password-gate.js";
import { requireQueues } from "./require-queues.js";

export interface NewUser {
  /** Chosen by the demo data only; everybody else's comes from the database. */
  id?: number;
  role: Role;
  name: string;
  email: string | null;
  password: string | null;
  /** A customer's outside id; default: `u<id>`. */
  userId?: string;
  /** An agent's capacity. */
  capacity?: number;
  /** The queues that an agent lists; none: it serves all. */
  queues?: readonly string[];
}

export interface CreatedUser {
  id: number;
  role: Role;
  name: string;
  email: string | null;
}

/**
 * Makes a user of any role with its row as agent or customer. It is audited where somebody acts: the desk's own seeds, and
 * customers who register, are not. Throws `email_taken`, `user_id_taken`, and `invalid_body` for a queue that is none.
 */
export async function createUser(ctx: { db: Database } & Partial<AuditContext>, input: NewUser): Promise<CreatedUser> {
  const passwordHash = input.password === null ? null : await hashGated(input.password);
  try {
    return await inTransaction(ctx.db, async (tx) => {
      const user = await insertUser(tx, input, passwordHash);
      const { actor, requestId = null } = ctx;
      if (actor) await auditUser(tx, { actor, requestId }, input, user);
      return user;
    });
  } catch (error) {
    throw refusalOf(error);
  }
}

/** What a unique constraint said no to, in the caller's words; anything else as it is. */
export function refusalOf(error: unknown): unknown {
  if (sqlState(error) !== "23505") return error;
  const { constraint } = error as { constraint?: string };
  if (constraint === "customers_user_id_key") return new Refusal("user_id_taken", "Another customer has this user_id.");
  return new Refusal("email_taken", "Another user has this e-mail address or id.");
}

async function auditUser(tx: Tx, ctx: AuditContext, input: NewUser, { id, role }: CreatedUser): Promise<void> {
  const { name, email, capacity, queues } = input;
  if (role === "agent") {
    const after = { name, email, ...(capacity === undefined ? {} : { capacity }), queues: [...(queues ?? [])] };
    await recordAudit(tx, ctx, { action: "agent.create", subject: { kind: "agent", id }, after });
    return;
  }
  const after = role === "customer" ? { role } : { role, name, email };
  await recordAudit(tx, ctx, { action: "user.create", subject: { kind: "user", id }, after });
}

/** The rows of a user, in the caller's transaction. */
export async function insertUser(tx: Tx, input: NewUser, passwordHash: string | null): Promise<CreatedUser> {
  const user = await tx
    .insertInto("users")
    .values({
      role: input.role,
      name: input.name,
      email: input.email,
      password_hash: passwordHash,
      ...(input.id !== undefined ? { id: input.id } : {}),
    })
    .returning(["id", "role", "name", "email"])
    .executeTakeFirstOrThrow();
  if (input.role === "agent") {
    const capacity = input.capacity !== undefined ? { capacity: input.capacity } : {};
    const queues = await requireQueues(tx, input.queues ?? []);
    await tx
      .insertInto("agents")
      .values({ id: user.id, ...capacity })
      .execute();
    if (queues.length > 0) {
      await tx
        .insertInto("agent_queues")
        .values(queues.map((queue) => ({ agent_id: user.id, queue })))
        .execute();
    }
  }
  if (input.role === "customer") {
    const userId = input.userId ?? `u${user.id}`;
    await tx.insertInto("customers").values({ id: user.id, user_id: userId, email: input.email }).execute();
  }
  return user;
}
