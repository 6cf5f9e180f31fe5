import { deleteWebhook } from "../../../commands/webhooks.js";
import { endpoint } from "../../endpoint.js";

export const deleteWebhookEndpoint = endpoint({
  method: "delete",
  path: "/api/webhooks/{id}/",
  tag: "Webhooks",
  summary: "Remove a webhook, and what was to be sent to it",
  policy: "webhook.write",
  noun: "webhook_not_found",
  answers: { 204: { description: "Removed; replies that were under way find another way" } },
  refusals: [],
  run: async ({ id, context }) => {
    await deleteWebhook(context, { id });
    return { status: 204 };
  },
});
