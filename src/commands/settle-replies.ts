import { type RawBuilder, sql } from "kysely";
import type { Executor, Tx } from "../db/database.js";
import { appendEvents } from "../db/outbox.js";
import { messageUpdate } from "./ticket-events.js";

/** Whose replies are settled: those that wait on the stream of a conversation for this customer. */
export interface Reader {
  conversationId: number;
  userId: number;
}

/** Replies `d` with their messages `m` that wait for this reader; nobody else's having read says anything. */
const waiting = ({ conversationId, userId }: Reader, which: RawBuilder<unknown>) => sql`
  d.conversation_id = ${conversationId} AND d.channel = 'socket' AND d.status = 'pending' AND m.id = d.message_id
    AND ${which} AND EXISTS (
      SELECT FROM conversations c LEFT JOIN tickets t ON t.id = d.ticket_id
      WHERE c.id = d.conversation_id AND coalesce(t.customer_id, c.created_by) = ${userId})`;

/**
 * Whether anything of `which`, a condition on the message `m`, waits for this reader; a look at an index of what waits. It is
 * prepared as `name`, one for each text that `which` may have.
 */
export async function repliesWait(
  db: Executor,
  reader: Reader,
  name: string,
  which: RawBuilder<unknown>,
): Promise<boolean> {
  const { rows } = await sql`
    ${sql.raw(`/* ${name} */`)}
    SELECT FROM deliveries d, messages m WHERE ${waiting(reader, which)} LIMIT 1`.execute(db);
  return rows.length > 0;
}

/**
 * What of `which`, a condition on the message `m`, waits on the stream for its customer is delivered, and the agents are
 * told. Locks the tickets, in order, then the deliveries; who calls holds the conversation. Returns how many.
 */
export async function settleReplies(
  tx: Tx,
  reader: Reader,
  which: RawBuilder<unknown>,
  requestId: string | null,
): Promise<number> {
  const { rows: due } = await sql<{ ticketId: number | null }>`
    SELECT DISTINCT d.ticket_id AS "ticketId" FROM deliveries d, messages m WHERE ${waiting(reader, which)}`.execute(
    tx,
  );
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
    FROM messages m WHERE ${waiting(reader, which)} RETURNING d.ticket_id AS "ticketId"`.execute(tx);
  const events = rows.flatMap(({ ticketId }) => {
    const ticket = tickets.find((each) => each.id === ticketId);
    return ticket ? [messageUpdate(ticket, "delivered")] : [];
  });
  await appendEvents(tx, events, requestId);
  return rows.length;
}
