import { sql } from "kysely";
import type { Tx } from "../db/database.js";
import { appendEvents } from "../db/outbox.js";
import { messageUpdate } from "./ticket-events.js";

/**
 * A customer has read its conversation up to `seq`: replies that wait on its socket are delivered, and the agents are told.
 * Of anybody else's mark nothing follows. Locks the tickets, in order, then the deliveries; who reads holds the
 * conversation.
 */
export async function settleRead(
  tx: Tx,
  { conversationId, userId, seq }: { conversationId: number; userId: number; seq: number },
  requestId: string | null,
): Promise<number> {
  if (seq === 0) return 0;
  const waiting = sql`
    d.conversation_id = ${conversationId} AND d.channel = 'socket' AND d.status = 'pending' AND m.id = d.message_id
      AND m.seq <= ${seq} AND EXISTS (
        SELECT FROM conversations c LEFT JOIN tickets t ON t.id = d.ticket_id
        WHERE c.id = d.conversation_id AND coalesce(t.customer_id, c.created_by) = ${userId})`;
  const { rows: due } = await sql<{ ticketId: number | null }>`
    SELECT DISTINCT d.ticket_id AS "ticketId" FROM deliveries d, messages m WHERE ${waiting}`.execute(tx);
  if (due.length === 0) return 0;
  const tickets = await tx
    .selectFrom("tickets")
    .select(["id", "conversation_id as conversationId", "status", "queue", "assignee_id as assigneeId", "version"])
    .where("id", "in", [-1, ...due.flatMap((row) => row.ticketId ?? [])])
    .orderBy("id")
    .forNoKeyUpdate()
    .execute();
  const { rows } = await sql<{ ticketId: number | null }>`
    UPDATE deliveries d SET status = 'sent', sent_at = now(), attempts = d.attempts + 1, last_error = NULL
    FROM messages m WHERE ${waiting} RETURNING d.ticket_id AS "ticketId"`.execute(tx);
  const events = rows.flatMap(({ ticketId }) => {
    const ticket = tickets.find((each) => each.id === ticketId);
    return ticket ? [messageUpdate(ticket, "delivered")] : [];
  });
  await appendEvents(tx, events, requestId);
  return rows.length;
}
