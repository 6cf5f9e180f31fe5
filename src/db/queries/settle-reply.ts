import { sql } from "kysely";
import { invariant } from "../../runtime/invariant.js";
import type { Tx } from "../database.js";
import type { LockedTicket } from "./lock-ticket.js";

/**
 * What a reply does to its ticket, whose row the caller has locked, in one statement: the delivery is planned, the ticket
 * answered, and closed unless it is kept open; a closing is in its history. Returns the delivery's id.
 */
export async function settleReply(
  tx: Tx,
  reply: {
    ticket: Pick<LockedTicket, "id" | "conversationId">;
    messageId: number;
    agentId: number;
    closes: boolean;
    /** The ticket's version after it. */
    version: number;
    requestId: string | null;
  },
): Promise<number> {
  const { ticket, messageId, agentId, closes, version, requestId } = reply;
  const closing = closes
    ? sql`, status = 'closed', closed_at = now(), snoozed_until = NULL, version = ${version}`
    : sql``;
  const { rows } = await sql<{ id: number }>`
    WITH answered AS (
      UPDATE tickets SET reply_message_id = ${messageId}, first_unanswered_at = NULL, follow_ups = 0, updated_at = now()${closing}
      WHERE id = ${ticket.id}
    ), remembered AS (
      INSERT INTO assignments (ticket_id, from_agent, why, version, request_id)
      SELECT ${ticket.id}, ${agentId}::bigint, 'reply', ${version}::int, ${requestId}::text WHERE ${closes}::boolean
    )
    INSERT INTO deliveries (message_id, ticket_id, conversation_id, channel)
    VALUES (${messageId}, ${ticket.id}, ${ticket.conversationId}, 'socket') RETURNING id`.execute(tx);
  invariant(rows[0], "a delivery that was planned was not returned");
  return rows[0].id;
}
