import type { TicketView } from "../../contract/http/tickets.js";
import type { TicketRow } from "../../db/queries/read-tickets.js";
import { presentUrgency } from "./message.js";

/** A ticket as CONTRACT.md 2 writes it. */
export function presentTicket(row: TicketRow): TicketView {
  return {
    id: row.id,
    title: row.title,
    description: row.body,
    status: statusOf(row),
    is_sold: row.soldAt !== null,
    urgency: presentUrgency(row),
    due_at: row.dueAt.toISOString(),
    assigned_to: row.assigneeId,
    assigned_at: row.assignedAt?.toISOString() ?? null,
    version: row.version,
    created_at: row.createdAt.toISOString(),
  };
}

function statusOf({ status, soldAt }: TicketRow): TicketView["status"] {
  if (status === "in_progress") return "assigned";
  return soldAt ? "sold" : status;
}
