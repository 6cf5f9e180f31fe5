import { listWebhooksQuery, webhookPageSchema } from "../../../contract/http/webhooks.js";
import { listWebhooks } from "../../../db/queries/read-webhooks.js";
import { decodeCursor, idPlace, pageOf } from "../../cursor.js";
import { endpoint } from "../../endpoint.js";
import { presentWebhook } from "../../presenters/webhook.js";

export const listWebhooksEndpoint = endpoint({
  method: "get",
  path: "/api/webhooks/",
  tag: "Webhooks",
  summary: "List webhooks",
  policy: "webhook.read",
  query: listWebhooksQuery,
  answers: { 200: { description: "A page of webhooks, without their secrets", schema: webhookPageSchema } },
  refusals: [],
  run: async ({ query, context }) => {
    const afterId = decodeCursor(idPlace, query.cursor)?.id;
    const rows = await listWebhooks(context.db.kysely, { afterId, limit: query.limit + 1 });
    return { status: 200, body: pageOf(rows, query.limit, presentWebhook, ({ id }) => ({ id })) };
  },
});
