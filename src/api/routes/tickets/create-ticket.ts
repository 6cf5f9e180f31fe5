import { createTicket } from "../../../commands/create-ticket.js";
import { createTicketRequest, ticketSchema } from "../../../contract/http/tickets.js";
import { endpoint } from "../../endpoint.js";
import { answerTicket } from "./answer-ticket.js";

/** An admin opens a ticket; it is scored, routed and assigned like any other. */
export const createTicketEndpoint = endpoint({
  method: "post",
  path: "/api/admin/tickets/",
  tag: "Tickets",
  summary: "Open a ticket",
  policy: "ticket.write",
  body: createTicketRequest,
  answers: { 201: { description: "The ticket, stored and not yet scored", schema: ticketSchema } },
  refusals: [],
  run: async ({ body, context }) => {
    const { user_id: userId, ...ticket } = body;
    const { ticketId } = await createTicket(context, { ...ticket, userId });
    return answerTicket(context.db, ticketId, 201);
  },
});
