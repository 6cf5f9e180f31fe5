import { sql } from "kysely";
import type { Executor, Tx } from "../database.js";

/** What somebody who signs in is measured by. */
export interface Credentials {
  id: number;
  /** null: nobody can sign in by a password. */
  passwordHash: string | null;
  tokenVersion: number;
}

/** The enabled user of an address, whatever its case; null when there is none. */
export async function findByEmail(db: Executor, email: string): Promise<Credentials | null> {
  const { rows } = await sql<Credentials>`
    SELECT id, password_hash AS "passwordHash", token_version AS "tokenVersion" FROM users
    WHERE lower(email) = lower(${email}::text) AND disabled_at IS NULL`.execute(db);
  return rows[0] ?? null;
}

/** Puts a hash of the same password in place of another, unless that was replaced meanwhile. */
export async function replaceHash(tx: Tx, userId: number, from: string, to: string): Promise<void> {
  await sql`UPDATE users SET password_hash = ${to} WHERE id = ${userId} AND password_hash = ${from}`.execute(tx);
}

/** Whether any user has that address, whatever its case, enabled or not. */
export async function isAddressTaken(db: Executor, email: string): Promise<boolean> {
  const { rows } = await sql<{ taken: boolean }>`
    SELECT EXISTS (SELECT 1 FROM users WHERE lower(email) = lower(${email}::text)) AS taken`.execute(db);
  return rows[0]?.taken ?? false;
}
