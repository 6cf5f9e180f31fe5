import type { DisputeView, PaymentView } from "../../contract/http/matters.js";
import type { DisputeRow, PaymentRow } from "../../db/queries/matters.js";

/** A dispute as its thread's participants see it. */
export function presentDispute(row: DisputeRow): DisputeView {
  return {
    id: row.id,
    thread_id: row.conversationId,
    subject: row.subject,
    description: row.description,
    amount: row.amount === null ? null : Number(row.amount),
    status: row.status,
    created_by: row.createdBy,
    ...changedOf(row),
  };
}

/** A payment as its thread's participants see it. */
export function presentPayment(row: PaymentRow): PaymentView {
  return {
    id: row.id,
    thread_id: row.conversationId,
    amount: Number(row.amount),
    currency: row.currency,
    description: row.description,
    status: row.status,
    initiated_by: row.createdBy,
    ...changedOf(row),
  };
}

function changedOf(row: DisputeRow | PaymentRow) {
  return {
    note: row.note,
    changed_by: row.changedBy,
    changed_at: row.changedAt?.toISOString() ?? null,
    message_id: row.messageId,
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
  };
}
