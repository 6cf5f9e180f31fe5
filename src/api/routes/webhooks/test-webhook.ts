import { testWebhook } from "../../../commands/webhooks.js";
import { testWebhookRequest, webhookTestedSchema } from "../../../contract/http/webhooks.js";
import { endpoint } from "../../endpoint.js";

export const testWebhookEndpoint = endpoint({
  method: "post",
  path: "/api/webhooks/{id}/test/",
  tag: "Webhooks",
  summary: "Send a test to a webhook, once, also when it is disabled",
  policy: "webhook.write",
  noun: "webhook_not_found",
  body: testWebhookRequest,
  bodyOptional: true,
  answers: { 202: { description: "It is sent; the delivery shows what it came to", schema: webhookTestedSchema } },
  refusals: [],
  run: async ({ id, context }) => {
    const { deliveryId } = await testWebhook(context, { id });
    return { status: 202, body: { delivery_id: deliveryId } };
  },
});
