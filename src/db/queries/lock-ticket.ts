import type { TicketStatus } from "../../domain/ticket.js";
import type { Executor, Tx } from "../database.js";

/** A ticket whose row is locked, as the commands decide by it. */
export interface LockedTicket {
  id: number;
  conversationId: number;
  customerId: number;
  status: TicketStatus;
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
}

const ticketColumns = [
  "id",
  "conversation_id as conversationId",
  "customer_id as customerId",
  "status",
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
    .select(["id", "last_seq as lastSeq"])
    .where("id", "=", conversationId)
    .forNoKeyUpdate()
    .executeTakeFirst();
  return row ?? null;
}

/** The conversation of a ticket, read unlocked (it never changes). */
export async function conversationOf(db: Executor, ticketId: number): Promise<number | null> {
  const row = await db.selectFrom("tickets").select("conversation_id").where("id", "=", ticketId).executeTakeFirst();
  return row?.conversation_id ?? null;
}
