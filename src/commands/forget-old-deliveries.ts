import { sql } from "kysely";
import type { Database } from "../db/database.js";

const forgottenMax = 5000;

/**
 * Forgets events that were sent so many days ago, tests with them, and their attempts: replies stay with their messages,
 * dead letters until somebody retries them. At most 5,000 a run. Returns how many.
 */
export async function forgetOldDeliveries({ db }: { db: Database }, days: number): Promise<number> {
  const { rows } = await sql`
    DELETE FROM deliveries WHERE id = ANY(ARRAY(
      SELECT id FROM deliveries
      WHERE status = 'sent' AND message_id IS NULL AND sent_at < now() - ${days} * interval '1 day'
      ORDER BY sent_at LIMIT ${forgottenMax}))
    RETURNING 1`.execute(db.kysely);
  return rows.length;
}
