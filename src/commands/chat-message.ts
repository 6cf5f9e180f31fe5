import { type ChatMessage, conversationStream } from "../contract/events.js";
import { type OutboxEvent, outboxEvent } from "../db/outbox.js";
import type { AppendedMessage, MessageToAppend } from "../db/queries/append-message.js";
import type { SaidRow } from "../db/queries/read-conversation.js";
import type { WordToSay } from "../db/queries/say-together.js";
import { type AttachmentView, attachmentView } from "./attachment-view.js";
import type { MessageToPost } from "./post-message.js";

type Sender = { id: number; name: string; role: string };

/** A message that was just appended, as participants see it. */
export function newChatMessage(
  conversationId: number,
  appended: AppendedMessage,
  message: MessageToAppend,
  sender: Sender | null,
  attachment: AttachmentView | null = null,
): ChatMessage {
  const { id, seq, createdAt } = appended;
  return { id, ...notSaidYet(conversationId, message, sender, attachment), seq, sent_at: createdAt.toISOString() };
}

/** A text that its sender is about to say: its id, its place and its time are given when it is said. */
export function chatMessageToSay(
  said: Pick<MessageToPost, "conversationId" | "text" | "metadata" | "clientId">,
  sender: Sender,
): WordToSay["message"] {
  const { conversationId, text, metadata = null, clientId = null } = said;
  return notSaidYet(conversationId, { kind: "text", text, metadata, clientId }, sender, null);
}

function notSaidYet(
  conversationId: number,
  { kind, text, metadata, clientId }: Pick<MessageToAppend, "kind" | "text" | "metadata" | "clientId">,
  sender: Sender | null,
  attachment: AttachmentView | null,
): WordToSay["message"] {
  return {
    conversation_id: conversationId,
    sender,
    type: kind,
    text,
    metadata: metadata ?? null,
    attachment,
    status: "sent",
    is_read: false,
    read_by: [],
    client_id: clientId ?? null,
    edited_at: null,
    deleted_at: null,
  };
}

/** The event of a new message on its conversation's stream, and the job that it causes. */
export function messageNewEvent(message: ChatMessage, job?: NonNullable<OutboxEvent["job"]>): OutboxEvent {
  return outboxEvent({
    stream: conversationStream(message.conversation_id),
    type: "message:new",
    payload: { message },
    ...(job ? { job } : {}),
  });
}

/** What was said, as participants see it (CONTRACT.md 4). */
export function chatMessageOf(row: SaidRow): ChatMessage {
  const isRead = row.readBy.length > 0;
  return {
    id: row.id,
    conversation_id: row.conversationId,
    sender: row.sender,
    seq: row.seq,
    type: row.kind,
    text: row.text,
    metadata: row.metadata,
    attachment: row.attachment && attachmentView(row.attachment),
    status: isRead ? "read" : row.delivered ? "delivered" : "sent",
    is_read: isRead,
    read_by: row.readBy,
    client_id: row.clientId,
    edited_at: row.editedAt?.toISOString() ?? null,
    deleted_at: row.deletedAt?.toISOString() ?? null,
    sent_at: row.createdAt.toISOString(),
  };
}
