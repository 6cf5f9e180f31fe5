import { sql } from "kysely";
import type { MessageKind } from "../../domain/ticket.js";
import type { Executor } from "../database.js";

/** Where a message is and whose, as its change is decided by. */
export interface FoundMessage {
  id: number;
  conversationId: number;
  seq: number;
  senderId: number | null;
  kind: MessageKind;
  deleted: boolean;
}

/** A message by its id, or null. */
export async function findMessage(db: Executor, messageId: number): Promise<FoundMessage | null> {
  const row = await db
    .selectFrom("messages")
    .select(["id", "conversation_id as conversationId", "seq", "sender_id as senderId", "kind"])
    .select(sql<boolean>`deleted_at IS NOT NULL`.as("deleted"))
    .where("id", "=", messageId)
    .executeTakeFirst();
  return row ?? null;
}
