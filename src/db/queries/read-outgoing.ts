import { sql } from "kysely";
import type { OutgoingEvent, OutgoingReply } from "../../contract/outgoing.js";
import type { Executor } from "../database.js";

/** Events by their place among all; what is not kept any more is missing. Their words are those of now: erased ones are gone. */
export async function readOutgoingEvents(db: Executor, seqs: readonly number[]): Promise<Map<number, OutgoingEvent>> {
  if (seqs.length === 0) return new Map();
  const { rows } = await sql<Omit<OutgoingEvent, "kind">>`
    /* read-outgoing-events */
    SELECT seq, stream, pos, type, payload, request_id AS "requestId", created_at AS at
    FROM events WHERE seq = ANY(${[...seqs]}::bigint[])`.execute(db);
  return new Map(rows.map((row) => [row.seq, { ...row, kind: "event" }]));
}

/** Mails of a conversation that the next one is put under. */
const mailsMax = 50;

/** Replies by their message's id, with whom they are for; one that was deleted or erased is missing. */
export async function readOutgoingReplies(
  db: Executor,
  messageIds: readonly number[],
): Promise<Map<number, OutgoingReply>> {
  if (messageIds.length === 0) return new Map();
  type Row = Omit<OutgoingReply, "kind" | "agent" | "customer"> & {
    agentId: number | null;
    agentName: string | null;
    customerId: number | null;
    userId: string;
    name: string;
    email: string | null;
  };
  const { rows } = await sql<Row>`
    /* read-outgoing-replies */
    SELECT m.id AS "replyId", d.ticket_id AS "ticketId", m.conversation_id AS "conversationId", m.seq, m.text,
           a.id AS "agentId", a.name AS "agentName", cu.id AS "customerId", cu.user_id AS "userId", u.name, cu.email,
           c.channel, c.title, m.created_at AS at,
           ARRAY(SELECT e.message_id FROM (
             SELECT message_id, sent_at FROM email_messages WHERE conversation_id = m.conversation_id
             ORDER BY sent_at DESC, message_id DESC LIMIT ${mailsMax}) e ORDER BY e.sent_at, e.message_id) AS mails
    FROM messages m JOIN conversations c ON c.id = m.conversation_id
    JOIN deliveries d ON d.message_id = m.id
    LEFT JOIN users a ON a.id = m.sender_id
    LEFT JOIN tickets t ON t.id = d.ticket_id
    LEFT JOIN customers cu ON cu.id = coalesce(t.customer_id, c.created_by)
    LEFT JOIN users u ON u.id = cu.id
    WHERE m.id = ANY(${[...messageIds]}::bigint[]) AND m.deleted_at IS NULL AND c.erased_at IS NULL`.execute(db);
  return new Map(
    rows.map(({ agentId, agentName, customerId, userId, name, email, ...row }) => [
      row.replyId,
      {
        ...row,
        kind: "reply",
        agent: agentId === null ? null : { id: agentId, name: agentName ?? "" },
        customer: customerId === null ? null : { id: customerId, userId, name, email },
      },
    ]),
  );
}
