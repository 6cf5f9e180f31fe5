import type { ChatMessage } from "../../contract/events.js";
import type { SaidRow } from "../../db/queries/read-conversation.js";

/** What was said, as CONTRACT.md 4 writes it. */
export function presentChatMessage(row: SaidRow): ChatMessage {
  const isRead = row.readBy.length > 0;
  return {
    id: row.id,
    conversation_id: row.conversationId,
    sender: row.sender,
    seq: row.seq,
    type: row.kind,
    text: row.text,
    metadata: row.metadata,
    attachment: null,
    status: isRead ? "read" : row.delivered ? "delivered" : "sent",
    is_read: isRead,
    read_by: row.readBy,
    client_id: row.clientId,
    edited_at: row.editedAt?.toISOString() ?? null,
    deleted_at: row.deletedAt?.toISOString() ?? null,
    sent_at: row.createdAt.toISOString(),
  };
}
