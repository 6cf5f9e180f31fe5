import { sql } from "kysely";
import type { Executor, Tx } from "../database.js";

/** How far somebody has read a conversation that the caller has locked. */
export interface ReadMark {
  lastReadSeq: number;
  unread: number;
}

/** The read mark of a participant; null: it has none. */
export async function readMark(db: Executor, conversationId: number, userId: number): Promise<ReadMark | null> {
  const row = await db
    .selectFrom("participants")
    .select(["last_read_seq as lastReadSeq", "unread_count as unread"])
    .where("conversation_id", "=", conversationId)
    .where("user_id", "=", userId)
    .executeTakeFirst();
  return row ?? null;
}

/**
 * Gives staff in a support case a mark of its own: a row that keeps what it has read and gives it no right. Up to `seq` it
 * has read; what is there after it is counted.
 */
export async function makeStaffMark(
  tx: Tx,
  mark: { conversationId: number; userId: number; seq: number },
): Promise<void> {
  await sql`
    /* make-staff-mark */
    INSERT INTO participants (conversation_id, user_id, role, last_read_seq, last_read_at, unread_count)
    VALUES (${mark.conversationId}, ${mark.userId}, 'agent', ${mark.seq}, now(),
            (SELECT count(*) FROM messages WHERE conversation_id = ${mark.conversationId} AND seq > ${mark.seq}
               AND sender_id IS DISTINCT FROM ${mark.userId}::bigint))
    ON CONFLICT (conversation_id, user_id) DO NOTHING`.execute(tx);
}

/**
 * Moves a mark forward to `seq`, never back, and counts what is unread after it. The caller holds the conversation's lock,
 * as does whoever says something there: nothing is counted twice or not at all. Null: it was there already.
 */
export async function moveMark(
  tx: Tx,
  mark: { conversationId: number; userId: number; seq: number },
): Promise<{ unread: number; readAt: Date } | null> {
  const { rows } = await sql<{ unread: number; readAt: Date }>`
    UPDATE participants p SET last_read_seq = ${mark.seq}, last_read_at = now(), unread_count = (
      SELECT count(*) FROM messages m
      WHERE m.conversation_id = p.conversation_id AND m.seq > ${mark.seq} AND m.sender_id IS DISTINCT FROM p.user_id
        AND (m.kind <> 'note' OR (SELECT u.role FROM users u WHERE u.id = p.user_id) <> 'customer'))
    WHERE p.conversation_id = ${mark.conversationId} AND p.user_id = ${mark.userId} AND p.last_read_seq < ${mark.seq}
    RETURNING unread_count AS unread, last_read_at AS "readAt"`.execute(tx);
  return rows[0] ?? null;
}

/** The latest of these messages of a conversation, by seq; 0: none of them is there. */
export async function latestSeqOf(
  db: Executor,
  conversationId: number,
  messageIds: readonly number[],
): Promise<number> {
  const { rows } = await sql<{ seq: number | null }>`
    SELECT max(seq) AS seq FROM messages
    WHERE id = ANY(${[...messageIds]}::bigint[]) AND conversation_id = ${conversationId}`.execute(db);
  return rows[0]?.seq ?? 0;
}

/** A mark names so many messages that it passed; more are known by its seq alone. */
const passedMax = 200;

/**
 * Messages of others that a mark passed on its way, oldest first, the newest 200 at most. No notes: it is told to
 * customers too.
 */
export async function readPassed(
  db: Executor,
  mark: { conversationId: number; userId: number; after: number; upTo: number },
): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    SELECT id FROM messages
    WHERE conversation_id = ${mark.conversationId} AND seq > ${mark.after} AND seq <= ${mark.upTo}
      AND kind <> 'note' AND sender_id IS DISTINCT FROM ${mark.userId}::bigint
    ORDER BY seq DESC LIMIT ${passedMax}`.execute(db);
  return rows.map(({ id }) => id).reverse();
}
