import { sql } from "kysely";
import type { Tx } from "../db/database.js";
import { type Reader, settleReplies } from "./settle-replies.js";

/**
 * A customer has read its conversation up to `seq`: replies that wait for it there are delivered, and the agents are told.
 * Of anybody else's mark nothing follows. Who reads holds the conversation. Returns how many.
 */
export async function settleRead(
  tx: Tx,
  { seq, ...reader }: Reader & { seq: number },
  requestId: string | null,
): Promise<number> {
  return seq === 0 ? 0 : settleReplies(tx, reader, sql`m.seq <= ${seq}`, requestId);
}
