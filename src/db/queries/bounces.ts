import { sql } from "kysely";
import type { Executor, Tx } from "../database.js";

/** That an address takes no mail, in its server's words. */
export interface Bounce {
  code: number;
  answer: string;
  bouncedAt: Date;
}

/** A bounce with a customer whose address it is; null: nobody's any more. */
export interface ListedBounce extends Bounce {
  address: string;
  customerId: number | null;
}

/** The bounce of a customer's address, or null. */
export async function readBounce(db: Executor, email: string | null): Promise<Bounce | null> {
  if (email === null) return null;
  const { rows } = await sql<Bounce>`
    SELECT code, answer, bounced_at AS "bouncedAt" FROM email_bounces WHERE address = lower(${email})`.execute(db);
  return rows[0] ?? null;
}

/** Addresses that take no mail, the latest first. */
export async function listBounces(db: Executor, limit: number): Promise<ListedBounce[]> {
  const { rows } = await sql<ListedBounce>`
    SELECT b.address, b.code, b.answer, b.bounced_at AS "bouncedAt", c.id AS "customerId"
    FROM (SELECT * FROM email_bounces ORDER BY bounced_at DESC, address LIMIT ${limit}) b
    LEFT JOIN customers c ON lower(c.email) = b.address AND c.erased_at IS NULL
    ORDER BY b.bounced_at DESC, b.address, c.id`.execute(db);
  return rows;
}

/** Takes the mark of an address away; when it was made, or null: there was none. */
export async function takeBounce(tx: Tx, email: string): Promise<Date | null> {
  const { rows } = await sql<{ at: Date }>`
    DELETE FROM email_bounces WHERE address = lower(${email}) RETURNING bounced_at AS at`.execute(tx);
  return rows[0]?.at ?? null;
}
