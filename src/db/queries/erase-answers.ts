import { sql } from "kysely";
import type { Executor } from "../database.js";

/** What is answered in place of an answer that spoke of a customer who was erased. */
const gone = { status: "customer_not_found", detail: "The customer that this call was about was erased." };

/**
 * Takes the answers that are kept for repeated calls (CONTRACT.md 0, Idempotency-Key) and that speak of a customer: the
 * customer itself, as a user too, its messages and tickets, what was said in its conversations. The key stays and answers
 * 404 from now on: a call that is repeated must not act again, least of all bring the customer back. An answer is known by
 * the ids in it, so this works after the names are gone; sealed ones hold a secret of an admin's, and no customer.
 * The table holds a day: it is walked once (about a second for 100,000 answers). Returns how many there were.
 */
export async function eraseAnswers(tx: Executor, customerId: number): Promise<number> {
  const { numAffectedRows } = await sql`
    UPDATE idempotency_keys k SET status = 404, headers = '{}', body = ${JSON.stringify(gone)}
    FROM (
      SELECT key_hash, body::jsonb AS said FROM idempotency_keys
      WHERE NOT sealed AND body ~ '^[[{]' AND body ~ '"(customer|user_id|role|title|text)"'
    ) a
    WHERE k.key_hash = a.key_hash AND (
      jsonb_path_exists(a.said, '$.**.customer ? (@.id == $id)', jsonb_build_object('id', ${customerId}::bigint))
      OR jsonb_path_exists(a.said, '$.** ? (@.id == $id && (exists(@.total_tickets) || exists(@.role)))',
                           jsonb_build_object('id', ${customerId}::bigint))
      OR EXISTS (
        SELECT FROM jsonb_path_query(a.said, '$.** ? (exists(@.title) || exists(@.body)).id ? (@.type() == "number")') AS ticket
        JOIN tickets t ON t.id = ticket::numeric::bigint WHERE t.customer_id = ${customerId})
      OR EXISTS (
        SELECT FROM jsonb_path_query(a.said, '$.** ? (exists(@.seq)).id ? (@.type() == "number")') AS said_id
        JOIN messages m ON m.id = said_id::numeric::bigint
        JOIN participants p ON p.conversation_id = m.conversation_id
        WHERE p.user_id = ${customerId} AND p.role = 'customer'))`.execute(tx);
  return Number(numAffectedRows ?? 0);
}
