import type { ConversationView } from "../../contract/http/conversations.js";
import type { ConversationRow } from "../../db/queries/read-conversations.js";

/** A conversation as CONTRACT.md 3 writes it. */
export function presentConversation(row: ConversationRow): ConversationView {
  return {
    id: row.id,
    title: row.title,
    kind: row.kind,
    created_by: row.createdBy,
    participants: row.participants,
    last_message_at: row.lastMessageAt?.toISOString() ?? null,
    is_archived: row.isArchived,
    unread_count: row.unread,
    ticket_id: row.ticketId,
    ticket_status: row.ticketStatus,
    job_id: row.jobId,
    created_at: row.createdAt.toISOString(),
  };
}
