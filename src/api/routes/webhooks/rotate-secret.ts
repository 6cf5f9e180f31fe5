import { rotateWebhookSecret } from "../../../commands/webhooks.js";
import { newWebhookSchema, rotateSecretRequest } from "../../../contract/http/webhooks.js";
import { endpoint } from "../../endpoint.js";
import { showWebhook } from "./show-webhook.js";

const usualOverlapHours = 24;

export const rotateSecretEndpoint = endpoint({
  method: "post",
  path: "/api/webhooks/{id}/rotate-secret/",
  tag: "Webhooks",
  summary: "Give a webhook another secret; the one before signs as well for a while",
  policy: "webhook.write",
  noun: "webhook_not_found",
  secret: true,
  body: rotateSecretRequest,
  bodyOptional: true,
  answers: {
    200: { description: "The webhook with its new secret, shown here and never again", schema: newWebhookSchema },
  },
  refusals: [],
  run: async ({ id, body, context, deps }) => {
    const overlapHours = body.overlap_hours ?? usualOverlapHours;
    const { secret } = await rotateWebhookSecret(context, deps.secrets, { id, overlapHours });
    return { status: 200, body: { ...(await showWebhook(context.db, id)), secret } };
  },
});
