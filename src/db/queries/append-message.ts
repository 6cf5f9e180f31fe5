import { sql } from "kysely";
import type { MessageKind } from "../../domain/ticket.js";
import type { Tx } from "../database.js";
import type { LockedConversation } from "./lock-ticket.js";

/** A message to be said in a conversation that the caller has locked. */
export interface MessageToAppend {
  senderId: number | null;
  kind: MessageKind;
  text: string;
  metadata?: Record<string, unknown> | null;
  cannedId?: number | null;
  clientId?: string | null;
  /** The version to which it raised its ticket. */
  ticketVersion?: number | null;
}

export interface AppendedMessage {
  id: number;
  seq: number;
  createdAt: Date;
}

/** Appends with the conversation's next `seq`; the lock that the caller holds keeps it without hole or double. */
export async function appendMessage(
  tx: Tx,
  conversation: LockedConversation,
  message: MessageToAppend,
): Promise<AppendedMessage> {
  const seq = conversation.lastSeq + 1;
  const row = await tx
    .insertInto("messages")
    .values({
      conversation_id: conversation.id,
      seq,
      sender_id: message.senderId,
      kind: message.kind,
      text: message.text,
      metadata: message.metadata ? JSON.stringify(message.metadata) : null,
      canned_id: message.cannedId ?? null,
      client_id: message.clientId ?? null,
      ticket_version: message.ticketVersion ?? null,
    })
    .returning(["id", "created_at"])
    .executeTakeFirstOrThrow();
  await tx
    .updateTable("conversations")
    .set({ last_seq: seq, last_message_at: sql<Date>`now()` })
    .where("id", "=", conversation.id)
    .execute();
  conversation.lastSeq = seq;
  return { id: row.id, seq, createdAt: row.created_at };
}
