import type { CustomerView } from "../../contract/http/customers.js";
import type { MessageView } from "../../contract/http/messages.js";
import type { CustomerRow } from "../../db/queries/read-customer.js";
import type { MessageRow } from "../../db/queries/read-message.js";

/** A customer as CONTRACT.md 1 writes it. */
export function presentCustomer(row: CustomerRow): CustomerView {
  return {
    id: row.id,
    user_id: row.userId,
    name: row.name,
    email: row.email,
    phone: row.phone,
    attributes: row.attributes,
    open_tickets: row.openTickets,
    total_tickets: row.totalTickets,
    last_seen_at: row.lastSeenAt?.toISOString() ?? null,
  };
}

const byPerson = "person";

/** The urgency, null until it is scored. A level that a person gave has no terms, as its event says. */
export function presentUrgency(row: MessageRow): MessageView["urgency"] {
  if (row.urgency === null || row.level === null) return null;
  return {
    score: row.urgency,
    level: row.level,
    topic: row.topic ?? "other",
    terms: row.model === byPerson ? [] : (row.terms ?? []),
    model: row.model ?? byPerson,
  };
}

/** A message as CONTRACT.md 1 writes it. */
export function presentMessage(row: MessageRow): MessageView {
  const { reply } = row;
  return {
    id: row.id,
    user_id: row.customer.userId,
    body: row.body,
    status: row.status,
    urgency: presentUrgency(row),
    queue: row.queue,
    due_at: row.dueAt.toISOString(),
    snoozed_until: row.snoozedUntil?.toISOString() ?? null,
    assigned_to: row.assigneeId,
    assigned_at: row.assignedAt?.toISOString() ?? null,
    version: row.version,
    conversation_id: row.conversationId,
    customer: presentCustomer(row.customer),
    reply: reply
      ? {
          id: reply.id,
          agent_id: reply.agentId,
          text: reply.text,
          canned_id: reply.cannedId,
          created_at: reply.createdAt.toISOString(),
          delivery: reply.delivery,
        }
      : null,
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
  };
}
