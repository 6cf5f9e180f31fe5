import type { Database } from "../database.js";
import { inOneTrip } from "../one-trip.js";

/** How far a participant was sent what was said in a conversation. */
export interface DeliveredMark {
  conversationId: number;
  userId: number;
  seq: number;
}

// Found by their keys, however small the table was when this was planned. A mark that a crash of the server takes back is
// set again by the next message; without waiting for the disk its row is free some milliseconds sooner for who counts a
// message there as unread.
const lightly = {
  name: "mark-lightly",
  text: "SELECT set_config('synchronous_commit', 'off', true), set_config('enable_seqscan', 'off', true)",
  values: [],
};

const behind = `unnest($1::bigint[], $2::bigint[], $3::int[]) AS v(conversation, member, seq) JOIN participants p
      ON p.conversation_id = v.conversation AND p.user_id = v.member AND p.last_delivered_seq < v.seq`;

/**
 * Moves these marks forward, never back; who is no participant has none. Rows that somebody else holds are passed over, so
 * that this waits for nobody who says something there and nobody for this. Those are returned: they are to be tried again.
 */
export async function moveDeliveredMarks(db: Database, marks: readonly DeliveredMark[]): Promise<DeliveredMark[]> {
  if (marks.length === 0) return [];
  const values = [
    marks.map((mark) => mark.conversationId),
    marks.map((mark) => mark.userId),
    marks.map((mark) => mark.seq),
  ];
  const move = {
    name: "move-delivered",
    text: `UPDATE participants p SET last_delivered_seq = free.seq FROM (
             SELECT p.conversation_id, p.user_id, v.seq FROM ${behind} FOR NO KEY UPDATE OF p SKIP LOCKED) free
           WHERE p.conversation_id = free.conversation_id AND p.user_id = free.user_id`,
    values,
  };
  const left = {
    name: "left-delivered",
    text: `SELECT v.conversation AS "conversationId", v.member AS "userId", v.seq FROM ${behind}`,
    values,
  };
  // How a larger transaction is committed is not for this to say.
  const results = await inOneTrip(db, db.bound ? [move, left] : [lightly, move, left]);
  return results.at(-1)?.rows ?? [];
}
