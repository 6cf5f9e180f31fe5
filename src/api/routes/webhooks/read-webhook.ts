import { webhookSchema } from "../../../contract/http/webhooks.js";
import { endpoint } from "../../endpoint.js";
import { showWebhook } from "./show-webhook.js";

export const readWebhookEndpoint = endpoint({
  method: "get",
  path: "/api/webhooks/{id}/",
  tag: "Webhooks",
  summary: "One webhook, and how it does",
  policy: "webhook.read",
  noun: "webhook_not_found",
  answers: { 200: { description: "The webhook, without its secret", schema: webhookSchema } },
  refusals: [],
  run: async ({ id, context }) => ({ status: 200, body: await showWebhook(context.db, id) }),
});
