import { updateTicket } from "../../../commands/update-ticket.js";
import { replaceTicketRequest, ticketSchema } from "../../../contract/http/tickets.js";
import { endpoint } from "../../endpoint.js";
import { answerTicket } from "./answer-ticket.js";

/** Puts what an admin wrote in place of what is there: a priority that is left out is taken away. */
export const replaceTicketEndpoint = endpoint({
  method: "put",
  path: "/api/admin/tickets/{id}/",
  tag: "Tickets",
  summary: "Replace a ticket's title, description and priority",
  policy: "ticket.write",
  noun: "ticket_not_found",
  body: replaceTicketRequest,
  answers: { 200: { description: "The ticket; another description is scored again", schema: ticketSchema } },
  refusals: ["already_closed"],
  run: async ({ id, body, context }) => {
    const { priority = null } = body;
    const { ticketId } = await updateTicket(context, { ...body, priority, ticketId: id });
    return answerTicket(context.db, ticketId);
  },
});
