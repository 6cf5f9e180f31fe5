import { sql } from "kysely";
import type { Role } from "../../domain/policy.js";
import type { Executor, Tx } from "../database.js";

/** A subject of an outside issuer. */
export interface OutsideSubject {
  issuer: string;
  subject: string;
}

/** The user that a subject is, or null: it was never seen. */
export async function findOutsideUser(db: Executor, { issuer, subject }: OutsideSubject): Promise<number | null> {
  const { rows } = await sql<{ id: number }>`
    SELECT id FROM users WHERE external_issuer = ${issuer} AND external_subject = ${subject}`.execute(db);
  return rows[0]?.id ?? null;
}

/** A new user for a subject; null when somebody else made it at the same moment. */
export async function insertOutsideUser(
  tx: Tx,
  user: OutsideSubject & { role: Role; name: string },
): Promise<number | null> {
  const { rows } = await sql<{ id: number }>`
    INSERT INTO users (role, name, external_issuer, external_subject)
    VALUES (${user.role}, ${user.name}, ${user.issuer}, ${user.subject})
    ON CONFLICT (external_issuer, external_subject) WHERE external_subject IS NOT NULL DO NOTHING
    RETURNING id`.execute(tx);
  return rows[0]?.id ?? null;
}

/**
 * Makes the customer of that outside id the subject's, where it is nobody's yet: the desk may know it by its messages
 * already. `taken`: it is another subject's. Locks the customer first, as intakes do.
 */
export async function linkCustomer(
  tx: Tx,
  userId: string,
  { issuer, subject }: OutsideSubject,
): Promise<number | "taken" | null> {
  const { rows: found } = await sql<{ id: number }>`
    SELECT id FROM customers WHERE user_id = ${userId} FOR NO KEY UPDATE`.execute(tx);
  const id = found[0]?.id;
  if (id === undefined) return null;
  const { rows } = await sql`
    UPDATE users SET external_issuer = ${issuer}, external_subject = ${subject}, updated_at = now()
    WHERE id = ${id} AND deleted_at IS NULL
      AND (external_subject IS NULL OR (external_issuer = ${issuer} AND external_subject = ${subject}))
    RETURNING 1`.execute(tx);
  return rows.length > 0 ? id : "taken";
}
