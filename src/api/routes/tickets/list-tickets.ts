import { listTicketsQuery, ticketPageSchema } from "../../../contract/http/tickets.js";
import { listTickets } from "../../../db/queries/read-tickets.js";
import { decodeCursor, idPlace, pageOf } from "../../cursor.js";
import { endpoint } from "../../endpoint.js";
import { presentTicket } from "../../presenters/ticket.js";

export const listTicketsEndpoint = endpoint({
  method: "get",
  path: "/api/admin/tickets/",
  tag: "Tickets",
  summary: "List tickets, newest first",
  policy: "ticket.read",
  query: listTicketsQuery,
  answers: { 200: { description: "A page of tickets", schema: ticketPageSchema } },
  refusals: [],
  run: async ({ query, context }) => {
    const beforeId = decodeCursor(idPlace, query.cursor)?.id;
    const rows = await listTickets(context.db.kysely, { status: query.status, beforeId, limit: query.limit + 1 });
    return { status: 200, body: pageOf(rows, query.limit, presentTicket, ({ id }) => ({ id })) };
  },
});
