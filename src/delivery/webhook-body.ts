import type { Outgoing } from "../contract/outgoing.js";

/** What a webhook is sent: `type`, `timestamp` (of the fact) and `data`, as Standard Webhooks has it. */
export interface WebhookBody {
  type: string;
  timestamp: string;
  /** What was said before it is still on its way, or what was said after it went before. */
  out_of_order: boolean;
  data: Record<string, unknown>;
}

/** The body of a delivery. An event's `data` is the frame that a socket gets, with `seq`, its place among all events. */
export function webhookBody({ what, outOfOrder, deliveryId }: Outgoing): WebhookBody {
  const given = { timestamp: what.at.toISOString(), out_of_order: outOfOrder };
  switch (what.kind) {
    case "event":
      return {
        ...given,
        type: what.type,
        data: {
          seq: what.seq,
          stream: what.stream,
          pos: what.pos,
          ...what.payload,
          ...(what.requestId === null ? {} : { request_id: what.requestId }),
        },
      };
    case "reply":
      return {
        ...given,
        type: "reply",
        data: {
          reply_id: what.replyId,
          message_id: what.ticketId,
          conversation_id: what.conversationId,
          seq: what.seq,
          channel: what.channel,
          user_id: what.customer?.userId ?? null,
          customer_name: what.customer?.name ?? null,
          agent: what.agent,
          text: what.text,
        },
      };
    case "test":
      return { ...given, type: "test", data: { delivery_id: deliveryId, text: "This is a test of the webhook." } };
  }
}
