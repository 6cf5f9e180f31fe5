import { replayWebhook } from "../../../commands/replay-webhook.js";
import { replayWebhookRequest, webhookReplayedSchema } from "../../../contract/http/webhooks.js";
import { endpoint } from "../../endpoint.js";

export const replayWebhookEndpoint = endpoint({
  method: "post",
  path: "/api/webhooks/{id}/replay/",
  tag: "Webhooks",
  summary: "Send a webhook its events again, from a position on, with the ids that they had",
  policy: "webhook.write",
  noun: "webhook_not_found",
  body: replayWebhookRequest,
  answers: { 200: { description: "How many are sent again", schema: webhookReplayedSchema } },
  refusals: [],
  run: async ({ id, body, context }) => {
    const { replayed, upTo, complete } = await replayWebhook(context, { id, stream: body.stream, since: body.since });
    return { status: 200, body: { replayed, up_to: upTo, complete } };
  },
});
