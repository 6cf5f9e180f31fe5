import type { Database } from "../database.js";
import { retried } from "../transaction.js";
import type { WordToSay } from "./say-together.js";

/** A reply that closes its ticket. */
export interface ReplyTogether {
  ticketId: number;
  agentId: number;
  /** The version that the agent saw; null: it closes whatever came in since. */
  version: number | null;
  /** What is said, as it will be told: its conversation and the agent's name are not known yet either. */
  message: WordToSay["message"];
  requestId: string | null;
}

/**
 * Stores replies, all in one transaction, which is one round trip (migration 0021); each is told as `replyToTicket` tells
 * it. Waits for no lock. Of each whether it was stored; nothing of one that was not. No two may be to one ticket.
 */
export async function replyTogether(db: Database, replies: readonly ReplyTogether[]): Promise<boolean[]> {
  const given = replies.map(({ ticketId, agentId, version, message, requestId }) => ({
    ...{ ticket_id: ticketId, agent_id: agentId, version, message, request_id: requestId },
  }));
  const { rows } = await retried(db, () =>
    db.pool.query<{ replied: boolean }>({
      name: "reply-together",
      text: "SELECT replied FROM reply_together($1::jsonb) ORDER BY nth",
      values: [JSON.stringify(given)],
    }),
  );
  return rows.map(({ replied }) => replied);
}
