import { sql } from "kysely";
import type { Role } from "../../domain/policy.js";
import type { Executor, Tx } from "../database.js";

/** A user as a change finds it. */
export interface UserToChange {
  id: number;
  role: Role;
  name: string;
  email: string | null;
  disabled: boolean;
}

/** The role of a user that is not gone for good (deleted, or erased); null when there is none. */
export async function readLivingRole(db: Executor, userId: number): Promise<Role | null> {
  const { rows } = await sql<{ role: Role }>`
    SELECT u.role FROM users u LEFT JOIN agents a ON a.id = u.id LEFT JOIN customers c ON c.id = u.id
    WHERE u.id = ${userId} AND u.deleted_at IS NULL AND a.deleted_at IS NULL AND c.erased_at IS NULL`.execute(db);
  return rows[0]?.role ?? null;
}

/**
 * Locks a user's row; an agent's own row comes before it, an admin's comes with all enabled admins' (`lockAdmins`). Who
 * signs it in holds the same lock. Null when there is none, or it was deleted.
 */
export async function lockUser(tx: Tx, userId: number): Promise<UserToChange | null> {
  const { rows } = await sql<UserToChange>`
    SELECT id, role, name, email, disabled_at IS NOT NULL AS disabled FROM users
    WHERE id = ${userId} AND deleted_at IS NULL FOR NO KEY UPDATE`.execute(tx);
  return rows[0] ?? null;
}

/**
 * Locks the enabled admins, by id: two that would disable each other wait for one another, and the second finds itself
 * the last one. Their ids, as they are after the wait.
 */
export async function lockAdmins(tx: Tx): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    SELECT id FROM users WHERE role = 'admin' AND disabled_at IS NULL ORDER BY id FOR NO KEY UPDATE`.execute(tx);
  return rows.map((row) => row.id);
}

/** Ends a user's access: it is disabled, its access tokens and its sessions are good no more. */
export async function disableUser(tx: Tx, userId: number): Promise<void> {
  await sql`
    UPDATE users SET disabled_at = coalesce(disabled_at, now()), token_version = token_version + 1, updated_at = now()
    WHERE id = ${userId}`.execute(tx);
  await sql`DELETE FROM refresh_tokens WHERE user_id = ${userId}`.execute(tx);
}

/** Gives a disabled user its access back; what it had of tokens stays ended. */
export async function enableUser(tx: Tx, userId: number): Promise<void> {
  await sql`UPDATE users SET disabled_at = NULL, updated_at = now() WHERE id = ${userId}`.execute(tx);
}

/** Takes a disabled user's address and password away for good; its row stays, under its name. */
export async function deleteUserRow(tx: Tx, userId: number): Promise<void> {
  await sql`
    UPDATE users SET deleted_at = now(), email = NULL, password_hash = NULL, updated_at = now()
    WHERE id = ${userId}`.execute(tx);
}

/** An agent is offline from now on, whatever it had chosen. */
export async function setOffline(tx: Tx, agentId: number): Promise<void> {
  await sql`
    UPDATE agents SET availability = 'offline', availability_by = 'system', updated_at = now()
    WHERE id = ${agentId}`.execute(tx);
}

/** Whether an agent may be given work: kept on its own row, which everybody locks who gives it some. */
export async function setAgentDisabled(tx: Tx, agentId: number, disabled: boolean): Promise<void> {
  await sql`
    UPDATE agents SET disabled_at = CASE WHEN ${disabled}::boolean THEN coalesce(disabled_at, now()) END, updated_at = now()
    WHERE id = ${agentId}`.execute(tx);
}
