import { ticketSchema } from "../../../contract/http/tickets.js";
import { endpoint } from "../../endpoint.js";
import { answerTicket } from "./answer-ticket.js";

export const readTicketEndpoint = endpoint({
  method: "get",
  path: "/api/admin/tickets/{id}/",
  tag: "Tickets",
  summary: "One ticket",
  policy: "ticket.read",
  noun: "ticket_not_found",
  answers: { 200: { description: "The ticket", schema: ticketSchema } },
  refusals: [],
  run: ({ id, context }) => answerTicket(context.db, id),
});
