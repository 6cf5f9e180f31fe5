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

const ticketColumns = [
  "id",
  "conversation_id as conversationId",
  "customer_id as customerId",
  "status",
  "queue",
  "assignee_id as assigneeId",
  "version",
  "urgency",
  "due_at as dueAt",
  "first_unanswered_at as firstUnansweredAt",
  "follow_ups as followUps",
  "customer_seq as customerSeq",
  "snoozed_until as snoozedUntil",
  "closed_at as closedAt",
] as const;

/**
 * Locks a ticket FOR NO KEY UPDATE: it does not collide with the KEY SHARE of the foreign keys to it. Names of other
 * tables are read by statements of their own: a join beside the lock would keep the row of before the wait.
 */
export async function lockTicket(tx: Tx, ticketId: number): Promise<LockedTicket | null> {
  const row = await tx
    .selectFrom("tickets")
    .select(ticketColumns)
    .where("id", "=", ticketId)
    .forNoKeyUpdate()
    .executeTakeFirst();
  return row ?? null;
}

/** Locks a conversation; second in the lock order, after agents and before tickets (DESIGN.md 7). */
export async function lockConversation(tx: Tx, conversationId: number): Promise<LockedConversation | null> {
  const row = await tx
    .selectFrom("conversations")
    .select(["id", "last_seq as lastSeq", sql<boolean>`erased_at IS NOT NULL`.as("erased")])
    .where("id", "=", conversationId)
    .forNoKeyUpdate()
    .executeTakeFirst();
  return row ?? null;
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
    SELECT t.id, t.conversation_id AS "conversationId", t.customer_id AS "customerId", t.status, t.queue,
           t.assignee_id AS "assigneeId", t.version, t.urgency, t.due_at AS "dueAt",
           t.first_unanswered_at AS "firstUnansweredAt", t.follow_ups AS "followUps", t.customer_seq AS "customerSeq",
           t.snoozed_until AS "snoozedUntil", t.closed_at AS "closedAt", talk.last_seq AS "lastSeq",
           talk.erased_at IS NOT NULL AS erased,
           (SELECT u.name FROM users u WHERE u.id = t.assignee_id) AS "ownerName"
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
