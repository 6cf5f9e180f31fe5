import { sql } from "kysely";
import type { Role } from "../../domain/policy.js";
import type { Executor } from "../database.js";

export interface UserRow {
  id: number;
  role: Role;
  name: string;
  email: string | null;
  disabled: boolean;
  createdAt: Date;
}

const userQuery = (db: Executor) =>
  db
    .selectFrom("users")
    .select([
      "id",
      "role",
      "name",
      "email",
      "created_at as createdAt",
      sql<boolean>`disabled_at IS NOT NULL`.as("disabled"),
    ]);

/** Users by id, after `afterId`. */
export async function listUsers(
  db: Executor,
  options: { role: Role | undefined; afterId: number | undefined; limit: number },
): Promise<UserRow[]> {
  let query = userQuery(db).orderBy("id").limit(options.limit);
  if (options.role) query = query.where("role", "=", options.role);
  if (options.afterId !== undefined) query = query.where("id", ">", options.afterId);
  return query.execute();
}

/** One user by its id, or null. */
export async function readUser(db: Executor, id: number): Promise<UserRow | null> {
  return (await userQuery(db).where("id", "=", id).executeTakeFirst()) ?? null;
}

/** What of a user decides whether its token still stands, and as whom it acts. */
export interface UserState {
  id: number;
  role: Role;
  name: string;
  tokenVersion: number;
  disabled: boolean;
  /** A customer's outside id. */
  userId: string | null;
}

const stateQuery = (db: Executor) =>
  db
    .selectFrom("users")
    .leftJoin("customers", "customers.id", "users.id")
    .select([
      "users.id",
      "users.role",
      "users.name",
      "users.token_version as tokenVersion",
      sql<boolean>`users.disabled_at IS NOT NULL`.as("disabled"),
      "customers.user_id as userId",
    ]);

/** The state of a user, or null when there is none of that id. */
export async function readUserState(db: Executor, id: number): Promise<UserState | null> {
  return (await stateQuery(db).where("users.id", "=", id).executeTakeFirst()) ?? null;
}

/** The state of the first admin, whom the open demo mode acts as; null when there is none. */
export async function readFirstAdmin(db: Executor): Promise<UserState | null> {
  const query = stateQuery(db).where("users.role", "=", "admin").where("users.disabled_at", "is", null);
  return (await query.orderBy("users.id").limit(1).executeTakeFirst()) ?? null;
}

/** The state of the customer with that outside id, or null. */
export async function readCustomerState(db: Executor, userId: string): Promise<UserState | null> {
  return (await stateQuery(db).where("customers.user_id", "=", userId).executeTakeFirst()) ?? null;
}

/** Ids up to here are the demo data's (migration 0001). */
const demoIdMax = 999;

/** The demo data's people and the first admin, staff first: nobody who was made later is named to who has no token. */
export async function readDemoPeople(db: Executor, limit: number): Promise<{ id: number; name: string; role: Role }[]> {
  return db
    .selectFrom("users")
    .select(["id", "name", "role"])
    .where("disabled_at", "is", null)
    .where("email", "is not", null)
    .where(
      sql<boolean>`(id <= ${demoIdMax} OR id = (SELECT min(id) FROM users WHERE role = 'admin' AND disabled_at IS NULL))`,
    )
    .orderBy(sql`array_position(array['admin', 'agent', 'customer'], role::text)`)
    .orderBy("id")
    .limit(limit)
    .execute();
}
