import { replyRequest } from "../../../contract/http/message-requests.js";
import { messageSchema } from "../../../contract/http/messages.js";
import { endpoint } from "../../endpoint.js";
import { answerMessage } from "./answer-message.js";

/** The owner answers the customer, which closes the message unless `keep_open`. */
export const reply = endpoint({
  method: "post",
  path: "/api/messages/{id}/reply/",
  tag: "Messages",
  summary: "Reply, and close",
  policy: "message.reply",
  noun: "message_not_found",
  body: replyRequest,
  fieldCodes: { agent_id: "invalid_agent_id", text: "empty_reply" },
  answers: { 200: { description: "The message with its reply", schema: messageSchema } },
  refusals: [
    "agent_not_found",
    "not_your_agent",
    "already_closed",
    "not_claimed",
    "not_assigned_to_you",
    "stale_version",
  ],
  run: async ({ id, body, context, deps }) => {
    const { ticketId } = await deps.replies.reply(context, {
      ticketId: id,
      agentId: body.agent_id,
      text: body.text,
      version: body.version,
      keepOpen: body.keep_open,
    });
    return answerMessage(context.db, ticketId);
  },
});
