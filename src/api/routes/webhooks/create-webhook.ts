import { createWebhook } from "../../../commands/webhooks.js";
import { createWebhookRequest, newWebhookSchema } from "../../../contract/http/webhooks.js";
import { endpoint } from "../../endpoint.js";
import { requireCallable } from "./require-callable.js";
import { showWebhook } from "./show-webhook.js";

export const createWebhookEndpoint = endpoint({
  method: "post",
  path: "/api/webhooks/",
  tag: "Webhooks",
  summary: "Have events, or replies of a channel, sent to an address",
  policy: "webhook.write",
  secret: true,
  body: createWebhookRequest,
  answers: { 201: { description: "The webhook; its secret is shown here and never again", schema: newWebhookSchema } },
  refusals: ["too_many_webhooks"],
  run: async ({ body, context, deps }) => {
    const { reply_channels: replyChannels, ...given } = body;
    requireCallable(body.url, deps.config.OUTBOUND_ALLOW);
    const { id, secret } = await createWebhook(context, deps.secrets, { ...given, replyChannels });
    return { status: 201, body: { ...(await showWebhook(context.db, id)), secret } };
  },
});
