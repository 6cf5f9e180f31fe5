import { sql } from "kysely";
import type { MessageKind } from "../../domain/ticket.js";
import { invariant } from "../../runtime/invariant.js";
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
  const metadata = message.metadata ? JSON.stringify(message.metadata) : null;
  const { rows } = await sql<{ id: number; createdAt: Date }>`
    /* append-message */
    WITH counted AS (
      UPDATE conversations SET last_seq = ${seq}, last_message_at = now() WHERE id = ${conversation.id}
    )
    INSERT INTO messages (conversation_id, seq, sender_id, kind, text, metadata, canned_id, client_id, ticket_version)
    VALUES (${conversation.id}, ${seq}, ${message.senderId}, ${message.kind}, ${message.text}, ${metadata}::jsonb,
            ${message.cannedId ?? null}, ${message.clientId ?? null}, ${message.ticketVersion ?? null})
    RETURNING id, created_at AS "createdAt"`.execute(tx);
  const row = rows[0];
  invariant(row, "a message that was inserted was not returned");
  conversation.lastSeq = seq;
  return { ...row, seq };
}
