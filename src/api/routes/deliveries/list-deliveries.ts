import { deliveryPageSchema, listDeliveriesQuery } from "../../../contract/http/deliveries.js";
import { listDeliveries } from "../../../db/queries/read-deliveries.js";
import { decodeCursor, idPlace, pageOf } from "../../cursor.js";
import { endpoint } from "../../endpoint.js";
import { presentDelivery } from "../../presenters/delivery.js";

export const listDeliveriesEndpoint = endpoint({
  method: "get",
  path: "/api/deliveries/",
  tag: "Deliveries",
  summary: "List what leaves the desk, newest first; dead letters: status=failed",
  policy: "delivery.read",
  query: listDeliveriesQuery,
  answers: { 200: { description: "A page of deliveries, newest first", schema: deliveryPageSchema } },
  refusals: [],
  run: async ({ query, context }) => {
    const { status, channel, webhook_id: webhookId, conversation_id: conversationId } = query;
    const beforeId = decodeCursor(idPlace, query.cursor)?.id;
    const filters = { status, channel, webhookId, conversationId };
    const rows = await listDeliveries(context.db.kysely, { filters, beforeId, limit: query.limit + 1 });
    return { status: 200, body: pageOf(rows, query.limit, presentDelivery, ({ id }) => ({ id })) };
  },
});
