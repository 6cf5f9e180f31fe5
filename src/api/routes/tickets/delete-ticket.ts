import { deleteTicket } from "../../../commands/delete-ticket.js";
import { endpoint } from "../../endpoint.js";

/** Removes a ticket with what was said about it; its assignee is told on the stream `agents`. */
export const deleteTicketEndpoint = endpoint({
  method: "delete",
  path: "/api/admin/tickets/{id}/",
  tag: "Tickets",
  summary: "Remove a ticket",
  policy: "ticket.write",
  noun: "ticket_not_found",
  answers: { 204: { description: "Removed, with its conversation unless that had other tickets" } },
  refusals: [],
  run: async ({ id, context }) => {
    await deleteTicket(context, { ticketId: id });
    return { status: 204 };
  },
});
