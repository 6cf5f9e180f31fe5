import type { Executor } from "../database.js";

export interface MessageSince {
  id: number;
  seq: number;
  text: string;
  sent_at: string;
}

/** The customer's messages that raised a ticket above `version`, oldest first: what a stale reply has not read. */
export async function messagesSinceVersion(
  db: Executor,
  conversationId: number,
  version: number,
): Promise<MessageSince[]> {
  const rows = await db
    .selectFrom("messages")
    .select(["id", "seq", "text", "created_at"])
    .where("conversation_id", "=", conversationId)
    .where("ticket_version", ">", version)
    .orderBy("seq", "desc")
    .limit(50)
    .execute();
  return rows.reverse().map(({ created_at, ...row }) => ({ ...row, sent_at: created_at.toISOString() }));
}
