import { updateWebhook } from "../../../commands/webhooks.js";
import { updateWebhookRequest, webhookSchema } from "../../../contract/http/webhooks.js";
import { endpoint } from "../../endpoint.js";
import { requireCallable } from "./require-callable.js";
import { showWebhook } from "./show-webhook.js";

export const updateWebhookEndpoint = endpoint({
  method: "patch",
  path: "/api/webhooks/{id}/",
  tag: "Webhooks",
  summary: "Change a webhook, disable it, or enable it again",
  policy: "webhook.write",
  noun: "webhook_not_found",
  body: updateWebhookRequest,
  answers: { 200: { description: "The webhook as it now stands", schema: webhookSchema } },
  refusals: [],
  run: async ({ id, body, context, deps }) => {
    const { reply_channels: replyChannels, ...given } = body;
    requireCallable(body.url, deps.config.OUTBOUND_ALLOW);
    await updateWebhook(context, { ...given, replyChannels, id });
    return { status: 200, body: await showWebhook(context.db, id) };
  },
});
