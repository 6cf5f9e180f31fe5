import type { Database } from "../db/database.js";
import { type DeliveredMark, moveDeliveredMarks } from "../db/queries/delivered-marks.js";

/**
 * Notes how far participants were sent what was said: to a socket of theirs, or as an answer over HTTP. What was said up
 * to there is `delivered` to those who said it. One trip for all of them, and no event. Answers those that could not
 * be noted now, because somebody was writing in their conversation.
 */
export async function noteDelivered(db: Database, marks: readonly DeliveredMark[]): Promise<DeliveredMark[]> {
  return moveDeliveredMarks(db, marks);
}
