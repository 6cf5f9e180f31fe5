import type { DeliveryView } from "../../contract/http/deliveries.js";
import type { DeliveryRow } from "../../db/queries/read-deliveries.js";

/** A delivery as admins see it: without a word of what it carries. */
export function presentDelivery(row: DeliveryRow): DeliveryView {
  const { eventSeq: seq, eventType: type } = row;
  return {
    id: row.id,
    stable_id: row.stableId,
    channel: row.channel,
    kind: row.isReply ? "reply" : seq === null ? "test" : "event",
    status: row.status,
    webhook_id: row.webhookId,
    message_id: row.ticketId,
    conversation_id: row.conversationId,
    event: seq === null || type === null ? null : { seq, type },
    attempts: row.attempts,
    out_of_order: row.outOfOrder,
    behind: row.behind,
    next_attempt_at: row.nextAttemptAt?.toISOString() ?? null,
    last_error: row.lastError,
    sent_at: row.sentAt?.toISOString() ?? null,
    created_at: row.createdAt.toISOString(),
  };
}
