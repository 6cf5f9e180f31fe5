import type { ServerFrame } from "../../../src/console/live/stream-log.js";
import type { MessageView } from "../../../src/contract/http/messages.js";

const start = Date.parse("2026-01-01T00:00:00.000Z");

/** A message as the API answers it; ticket n waits since minute n. */
export function view(id: number, change: Partial<MessageView> = {}): MessageView {
  const at = new Date(start + id * 60_000).toISOString();
  return {
    id,
    user_id: `U${id}`,
    body: `message ${id}`,
    status: "unassigned",
    urgency: null,
    queue: "general",
    due_at: at,
    snoozed_until: null,
    assigned_to: null,
    assigned_at: null,
    version: 1,
    conversation_id: id,
    customer: {
      ...{ id, user_id: `U${id}`, name: "", email: null, phone: null, attributes: {} },
      ...{ open_tickets: 1, total_tickets: 1, last_seen_at: null },
    },
    reply: null,
    created_at: at,
    updated_at: at,
    ...change,
  };
}

/** A `message_update` as the stream sends it. */
export function update(id: number, change: Record<string, unknown>): ServerFrame {
  return { type: "message_update", message_id: id, status: "unassigned", assigned_to: null, version: 2, ...change };
}
