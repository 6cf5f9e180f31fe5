import { sql } from "kysely";
import type { Database } from "../db/database.js";

/** Guests that one run forgets at most. */
const batch = 1000;
/** Younger ones may be about to say something. */
const keptHours = 24;

/**
 * Forgets guests of the widget who never said anything and cannot come back: their sessions have ended. How many went. Who
 * wrote, uploaded or takes part in anything stays, as does every customer that was not made by `registerGuest`. Safe to run
 * anywhere, any time.
 */
export async function forgetIdleGuests({ db }: { db: Database }): Promise<number> {
  const { numAffectedRows } = await sql`
    DELETE FROM users WHERE id = ANY(ARRAY(
      SELECT u.id FROM customers c JOIN users u ON u.id = c.id
      WHERE c.user_id ~ '^guest:[0-9a-f-]{36}$' AND u.email IS NULL
        AND u.created_at < now() - ${keptHours} * interval '1 hour'
        AND NOT EXISTS (SELECT FROM refresh_tokens r WHERE r.user_id = u.id)
        AND NOT EXISTS (SELECT FROM tickets t WHERE t.customer_id = u.id)
        AND NOT EXISTS (SELECT FROM participants p WHERE p.user_id = u.id)
        AND NOT EXISTS (SELECT FROM messages m WHERE m.sender_id = u.id)
        AND NOT EXISTS (SELECT FROM attachments a WHERE a.uploader_id = u.id)
        AND NOT EXISTS (SELECT FROM erasures e WHERE e.customer_id = u.id)
      ORDER BY u.id LIMIT ${batch} FOR UPDATE OF u SKIP LOCKED))`.execute(db.kysely);
  return Number(numAffectedRows ?? 0);
}
