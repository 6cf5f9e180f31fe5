/**
 * Events that a webhook can subscribe to: those of the streams `agents` and `conversation:<id>`. Notes are left out of
 * all of them: they never leave the agents. The desk's own facts (`room_freed`) are nobody's.
 */
export const webhookEvents = [
  "message_new",
  "messages_imported",
  "message_update",
  "message_deleted",
  "batch_assigned",
  "message:new",
  "message:edited",
  "message:deleted",
  "read",
  "ticket",
] as const;
export type WebhookEvent = (typeof webhookEvents)[number];

/** Webhooks that a desk may have: each has connections of its own, so that none waits for another. */
export const webhooksMax = 100;
