import type { WebhookView } from "../../contract/http/webhooks.js";
import type { WebhookRow } from "../../db/queries/read-webhooks.js";

/** A webhook as admins see it: never its secrets. */
export function presentWebhook(row: WebhookRow): WebhookView {
  return {
    id: row.id,
    name: row.name,
    url: row.url,
    events: row.events,
    queues: row.queues,
    reasons: row.reasons,
    reply_channels: row.replyChannels,
    enabled: row.disabledReason === null,
    disabled_reason: row.disabledReason,
    circuit: row.circuitOpenUntil === null ? "closed" : "open",
    circuit_open_until: row.circuitOpenUntil?.toISOString() ?? null,
    failures: row.failures,
    position: row.cursorSeq,
    previous_secret_until: row.previousUntil?.toISOString() ?? null,
    last_sent_at: row.lastSentAt?.toISOString() ?? null,
    last_failed_at: row.lastFailedAt?.toISOString() ?? null,
    created_by: row.createdBy,
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
  };
}
