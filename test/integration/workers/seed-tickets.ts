import { sql } from "kysely";
import type { Database } from "../../../src/db/database.js";

export interface SeededTicket {
  ticketId: number;
  messageId: number;
  conversationId: number;
}

/** Unscored tickets as an intake leaves them, `ageS` seconds old, without outbox rows: as if their jobs had been lost. */
export async function seedTickets(db: Database, count: number, ageS: number): Promise<SeededTicket[]> {
  const { rows } = await sql<SeededTicket>`
    WITH person AS (INSERT INTO users (role, name) VALUES ('customer', 'Wanjiru') RETURNING id),
    customer AS (
      INSERT INTO customers (id, user_id, open_tickets, total_tickets)
      SELECT id, 'customer-' || id, ${count}::int, ${count}::int FROM person RETURNING id),
    talk AS (
      INSERT INTO conversations (created_by, last_seq, created_at)
      SELECT id, 1, now() - ${ageS} * interval '1 second' FROM customer, generate_series(1, ${count}::int) RETURNING id),
    said AS (
      INSERT INTO messages (conversation_id, seq, sender_id, text, created_at)
      SELECT talk.id, 1, customer.id, 'my loan was rejected again, please help', now() - ${ageS} * interval '1 second'
      FROM talk, customer RETURNING id, conversation_id),
    ticket AS (
      INSERT INTO tickets (conversation_id, customer_id, opening_message_id, due_at, first_unanswered_at, created_at, updated_at)
      SELECT said.conversation_id, customer.id, said.id, now() + interval '1 day', at, at, at
      FROM said, customer, (SELECT now() - ${ageS} * interval '1 second' AS at) AS time
      RETURNING id, conversation_id, opening_message_id)
    SELECT id AS "ticketId", opening_message_id AS "messageId", conversation_id AS "conversationId" FROM ticket
    ORDER BY id`.execute(db.kysely);
  return rows;
}
