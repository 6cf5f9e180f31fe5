import { sql } from "kysely";
import type { Executor } from "../database.js";

/** A customer's message that is to be scored, its ticket, and the unanswered messages up to it. */
export interface MessageToScore {
  messageId: number;
  seq: number;
  ticketId: number;
  /** Texts of the customer's burst since somebody last answered, oldest first, this one last; at most 20. */
  texts: string[];
  /** When one of the messages up to this one was last edited, in full; null: never. */
  editedAt: string | null;
}

/**
 * The messages of these ids, with the ticket that each belongs to (the latest that was opened by it or before it) and
 * its burst. One statement for the whole batch; ids that are gone or are nobody's ticket are missing in the result.
 */
export async function readMessagesToScore(db: Executor, messageIds: readonly number[]): Promise<MessageToScore[]> {
  const { rows } = await sql<MessageToScore>`
    /* read-unscored */
    SELECT m.id AS "messageId", m.seq, t.id AS "ticketId", burst.texts,
           (SELECT max(e.edited_at) FROM messages e WHERE e.conversation_id = m.conversation_id AND e.seq <= m.seq)::text
             AS "editedAt"
    FROM messages m
    JOIN LATERAL (
      SELECT id FROM tickets WHERE conversation_id = m.conversation_id AND opening_message_id <= m.id
      ORDER BY id DESC LIMIT 1
    ) t ON true
    JOIN LATERAL (
      SELECT array_agg(text ORDER BY seq) AS texts FROM (
        SELECT seq, text FROM messages b
        WHERE b.conversation_id = m.conversation_id AND b.seq <= m.seq AND b.sender_id = m.sender_id AND b.kind = 'text'
          AND b.seq > coalesce((
            SELECT max(a.seq) FROM messages a
            WHERE a.conversation_id = m.conversation_id AND a.seq < m.seq AND a.kind = 'text' AND a.sender_id <> m.sender_id
          ), 0)
        ORDER BY seq DESC LIMIT 20
      ) said
    ) burst ON true
    WHERE m.id = ANY(${messageIds}::bigint[]) AND m.kind = 'text'
    ORDER BY m.id`.execute(db);
  return rows;
}
