import { customerPageSchema, listCustomersQuery } from "../../../contract/http/customers.js";
import { listCustomers } from "../../../db/queries/list-customers.js";
import { decodeCursor, idPlace, pageOf } from "../../cursor.js";
import { endpoint } from "../../endpoint.js";
import { presentCustomer } from "../../presenters/message.js";

export const listCustomersEndpoint = endpoint({
  method: "get",
  path: "/api/customers/",
  tag: "Customers",
  summary: "List and search customers",
  policy: "customer.read",
  limit: "search",
  query: listCustomersQuery,
  answers: { 200: { description: "A page of customers, newest first", schema: customerPageSchema } },
  refusals: [],
  run: async ({ query, context, sight }) => {
    const beforeId = decodeCursor(idPlace, query.cursor)?.id;
    const search = (query.search ?? query.q)?.trim() || undefined;
    const rows = await listCustomers(context.db.kysely, { search, beforeId, limit: query.limit + 1, sight });
    return { status: 200, body: pageOf(rows, query.limit, presentCustomer, ({ id }) => ({ id })) };
  },
});
