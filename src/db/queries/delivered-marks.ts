import { sql } from "kysely";
import type { Executor } from "../database.js";

/** How far a participant was sent what was said in a conversation. */
export interface DeliveredMark {
  conversationId: number;
  userId: number;
  seq: number;
}

/**
 * Moves these marks forward, never back; who is no participant has none. Rows that somebody else holds are passed over, so
 * that this waits for nobody who says something there and nobody for this. Those are returned: they are to be tried again.
 */
export async function moveDeliveredMarks(db: Executor, marks: readonly DeliveredMark[]): Promise<DeliveredMark[]> {
  if (marks.length === 0) return [];
  const given = sql`unnest(${marks.map((mark) => mark.conversationId)}::bigint[],
    ${marks.map((mark) => mark.userId)}::bigint[], ${marks.map((mark) => mark.seq)}::int[]) AS v(conversation, member, seq)`;
  const behind = sql`p.conversation_id = v.conversation AND p.user_id = v.member AND p.last_delivered_seq < v.seq`;
  await sql`
    UPDATE participants p SET last_delivered_seq = free.seq FROM (
      SELECT p.conversation_id, p.user_id, v.seq FROM ${given} JOIN participants p ON ${behind}
      FOR NO KEY UPDATE OF p SKIP LOCKED) free
    WHERE p.conversation_id = free.conversation_id AND p.user_id = free.user_id`.execute(db);
  const { rows } = await sql<DeliveredMark>`
    SELECT v.conversation AS "conversationId", v.member AS "userId", v.seq FROM ${given} JOIN participants p ON ${behind}`.execute(
    db,
  );
  return rows;
}
