import { updateTicket } from "../../../commands/update-ticket.js";
import { ticketSchema, updateTicketRequest } from "../../../contract/http/tickets.js";
import { endpoint } from "../../endpoint.js";
import { answerTicket } from "./answer-ticket.js";

export const updateTicketEndpoint = endpoint({
  method: "patch",
  path: "/api/admin/tickets/{id}/",
  tag: "Tickets",
  summary: "Change a ticket's title, description or priority",
  policy: "ticket.write",
  noun: "ticket_not_found",
  body: updateTicketRequest,
  answers: { 200: { description: "The ticket; another description is scored again", schema: ticketSchema } },
  refusals: ["already_closed"],
  run: async ({ id, body, context }) => {
    const { ticketId } = await updateTicket(context, { ...body, ticketId: id });
    return answerTicket(context.db, ticketId);
  },
});
