import { sql } from "kysely";
import type { TicketStatus } from "../../domain/ticket.js";
import type { Executor, Tx } from "../database.js";

/** A ticket whose row is locked, as the commands decide by it. */
export interface LockedTicket {
  id: number;
  conversationId: number;
  customerId: number;
  status: TicketStatus;
  queue: string;
  assigneeId: number | null;
  version: number;
  urgency: number | null;
  dueAt: Date;
  firstUnansweredAt: Date | null;
  followUps: number;
  customerSeq: number;
  snoozedUntil: Date | null;
  closedAt: Date | null;
}

/** A conversation whose row is locked: nobody else gets its next `seq`. */
export interface LockedConversation {
  id: number;
  lastSeq: number;
  /** Its customer was erased: it takes no word any more. */
  erased: boolean;
}

/**
 * Tickets are locked FOR NO KEY UPDATE: it does not collide with the KEY SHARE of the foreign keys to them. What a row
 * shows is as it stands after the wait; a name by a subquery of the row, for a join beside the lock would keep the one of
 * before (test/race/lock-ticket).
 */
const ticketColumns = sql`
  t.id, t.conversation_id AS "conversationId", t.customer_id AS "customerId", t.status, t.queue,
  t.assignee_id AS "assigneeId", t.version, t.urgency, t.due_at AS "dueAt",
  t.first_unanswered_at AS "firstUnansweredAt", t.follow_ups AS "followUps", t.customer_seq AS "customerSeq",
  t.snoozed_until AS "snoozedUntil", t.closed_at AS "closedAt",
  (SELECT u.name FROM users u WHERE u.id = t.assignee_id) AS "ownerName"`;

/** Locks a conversation; second in the lock order, after agents and before tickets (DESIGN.md 7). */
export async function lockConversation(tx: Tx, conversationId: number): Promise<LockedConversation | null> {
  const { rows } = await sql<LockedConversation>`
    /* lock-conversation */
    SELECT id, last_seq AS "lastSeq", erased_at IS NOT NULL AS erased
    FROM conversations WHERE id = ${conversationId} FOR NO KEY UPDATE`.execute(tx);
  return rows[0] ?? null;
}

/** A ticket of a conversation, with what goes with what is said about it. */
export interface TicketOfTalk extends LockedTicket {
  /** The name of its assignee. */
  ownerName: string | null;
  /** The transaction's time. */
  now: Date;
}

/**
 * Locks the open ticket of a conversation that the caller has locked; where none is open the named one, else its latest.
 * Null: it has none. Which one it is cannot change under the conversation's lock; who owns it can, by a fill, and is read
 * again by Postgres itself after the wait, the name with it (as in `lockTicketInHand`).
 */
export async function lockTicketOf(
  tx: Tx,
  conversationId: number,
  named: number | null = null,
): Promise<TicketOfTalk | null> {
  const { rows } = await sql<TicketOfTalk>`
    /* lock-ticket-of */
    SELECT ${ticketColumns}, now() AS now
    FROM tickets t
    WHERE t.id = coalesce(
      (SELECT o.id FROM tickets o WHERE o.conversation_id = ${conversationId} AND o.status <> 'closed'),
      ${named}::bigint,
      (SELECT o.id FROM tickets o WHERE o.conversation_id = ${conversationId} ORDER BY o.id DESC LIMIT 1))
    FOR NO KEY UPDATE OF t`.execute(tx);
  return rows[0] ?? null;
}

/**
 * A ticket's conversation, then the ticket, both locked in that order by one statement: the CTE is read, and so locked,
 * before the join hands a row to the outer lock. What was changed while it waited is read again by Postgres itself
 * (EvalPlanQual), the owner's name with it (test/race/lock-ticket).
 */
export async function lockTicketInHand(
  tx: Tx,
  ticketId: number,
): Promise<{ ticket: LockedTicket; conversation: LockedConversation; ownerName: string | null } | null> {
  const { rows } = await sql<LockedTicket & { lastSeq: number; erased: boolean; ownerName: string | null }>`
    /* lock-ticket-in-hand */
    WITH talk AS MATERIALIZED (
      SELECT c.id, c.last_seq, c.erased_at FROM conversations c
      WHERE c.id = (SELECT conversation_id FROM tickets WHERE id = ${ticketId}) FOR NO KEY UPDATE
    )
    SELECT ${ticketColumns}, talk.last_seq AS "lastSeq", talk.erased_at IS NOT NULL AS erased
    FROM talk JOIN tickets t ON t.conversation_id = talk.id WHERE t.id = ${ticketId}
    FOR NO KEY UPDATE OF t`.execute(tx);
  const row = rows[0];
  if (!row) return null;
  const { lastSeq, erased, ownerName, ...ticket } = row;
  return { ticket, conversation: { id: ticket.conversationId, lastSeq, erased }, ownerName };
}

/** The conversation of a ticket, read unlocked (it never changes). */
export async function conversationOf(db: Executor, ticketId: number): Promise<number | null> {
  const row = await db.selectFrom("tickets").select("conversation_id").where("id", "=", ticketId).executeTakeFirst();
  return row?.conversation_id ?? null;
}
