import type { Database } from "../../src/db/database.js";

export interface TicketRow {
  id: number;
  conversationId: number;
}

export interface NewTicket {
  customerId: number;
  /** Who holds it, or held it when it was closed; null: it waits. */
  holder: number | null;
  closed?: boolean;
  queue: string;
  text: string;
  /** Who wrote the note; without one there is none. */
  note?: { agentId: number; text: string };
}

/**
 * A conversation with a customer's words, and its ticket, scored and routed for the topic that is named as its queue: no
 * stage has anything to do. In plain SQL, since what is judged is not what made it.
 */
export async function insertTicket({ pool }: Pick<Database, "pool">, given: NewTicket): Promise<TicketRow> {
  const { rows } = await pool.query<{ id: number; conversation_id: number }>(
    `WITH talk AS (
       INSERT INTO conversations (created_by, last_seq, last_message_at)
       VALUES ($1, CASE WHEN $6::text IS NULL THEN 1 ELSE 2 END, now()) RETURNING id
     ), taking_part AS (
       INSERT INTO participants (conversation_id, user_id, role) SELECT id, $1, 'customer' FROM talk
     ), said AS (
       INSERT INTO messages (conversation_id, seq, sender_id, text, ticket_version)
       SELECT id, 1, $1, $4, 1 FROM talk RETURNING id
     ), noted AS (
       INSERT INTO messages (conversation_id, seq, sender_id, kind, text)
       SELECT id, 2, $5, 'note', $6 FROM talk WHERE $6::text IS NOT NULL
     ), counted AS (
       UPDATE customers SET open_tickets = open_tickets + CASE WHEN $7 THEN 0 ELSE 1 END, total_tickets = total_tickets + 1
       WHERE id = $1
     )
     INSERT INTO tickets (conversation_id, customer_id, opening_message_id, due_at, first_unanswered_at, queue, urgency,
                          urgency_level, topic, scored_at, routed_at, status, assignee_id, assigned_at, closed_at)
     SELECT talk.id, $1, said.id, now() + interval '1 day', now(), $3, 50, 'normal', $3, now(), now(),
            CASE WHEN $7 THEN 'closed' WHEN $2::bigint IS NULL THEN 'unassigned' ELSE 'in_progress' END,
            $2::bigint, CASE WHEN $2::bigint IS NULL THEN NULL ELSE now() END, CASE WHEN $7 THEN now() END
     FROM talk, said RETURNING id, conversation_id`,
    [
      ...[given.customerId, given.holder, given.queue, given.text],
      ...[given.note?.agentId ?? null, given.note?.text ?? null, given.closed ?? false],
    ],
  );
  return { id: Number(rows[0]?.id), conversationId: Number(rows[0]?.conversation_id) };
}
