import { sellTicket } from "../../../commands/sell-ticket.js";
import { actingRequest } from "../../../contract/http/message-requests.js";
import { ticketSchema } from "../../../contract/http/tickets.js";
import { endpoint } from "../../endpoint.js";
import { answerTicket } from "./answer-ticket.js";

/** Its owner sells a ticket; an admin says for whom, in the body or the query. */
export const sell = endpoint({
  method: "post",
  path: "/api/agent/tickets/sell/{id}/",
  tag: "Tickets",
  summary: "Sell a ticket: close it without an answer",
  policy: "batch.sell",
  noun: "ticket_not_found",
  body: actingRequest,
  bodyOptional: true,
  query: actingRequest,
  fieldCodes: { agent_id: "invalid_agent_id" },
  answers: { 200: { description: "The ticket, sold", schema: ticketSchema } },
  refusals: ["agent_not_found", "not_your_agent", "already_closed", "not_assigned_to_you"],
  run: async ({ id, body, query, caller, context }) => {
    const agentId = body.agent_id ?? query.agent_id ?? caller.actor.id ?? 0;
    const { ticketId } = await sellTicket(context, { ticketId: id, agentId });
    return answerTicket(context.db, ticketId);
  },
});
