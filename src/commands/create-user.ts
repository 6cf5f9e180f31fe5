import type { Database, Tx } from "../db/database.js";
import { inTransaction, sqlState } from "../db/transaction.js";
import { Refusal } from "../domain/errors.js";
import type { Role } from "../domain/policy.js";
import { hashPassword } from "../runtime/passwords.js";
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
 * Makes a user of any role with its row as agent or customer. Throws `email_taken`, and `invalid_body` for a queue that
 * is none.
 */
export async function createUser(ctx: { db: Database }, input: NewUser): Promise<CreatedUser> {
  const passwordHash = input.password === null ? null : await hashPassword(input.password);
  try {
    return await inTransaction(ctx.db, (tx) => insertUser(tx, input, passwordHash));
  } catch (error) {
    if (sqlState(error) !== "23505") throw error;
    throw new Refusal("email_taken", "Another user has this e-mail address or id.");
  }
}

async function insertUser(tx: Tx, input: NewUser, passwordHash: string | null): Promise<CreatedUser> {
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
