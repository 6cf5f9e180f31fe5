import { replyWithCanned } from "../../../commands/reply-with-canned.js";
import { cannedReplyRequest } from "../../../contract/http/message-requests.js";
import { messageSchema } from "../../../contract/http/messages.js";
import { endpoint } from "../../endpoint.js";
import { answerMessage } from "./answer-message.js";

/** The owner answers with a canned text, its placeholders filled in. */
export const canned = endpoint({
  method: "post",
  path: "/api/messages/{id}/canned/",
  tag: "Messages",
  summary: "Reply with a canned text, and close",
  policy: "message.reply",
  noun: "message_not_found",
  body: cannedReplyRequest,
  fieldCodes: { agent_id: "invalid_agent_id" },
  answers: { 200: { description: "The message with its reply", schema: messageSchema } },
  refusals: [
    "empty_reply",
    "agent_not_found",
    "canned_not_found",
    "not_your_agent",
    "already_closed",
    "not_claimed",
    "not_assigned_to_you",
    "stale_version",
  ],
  run: async ({ id, body, context }) => {
    const { ticketId } = await replyWithCanned(context, {
      ticketId: id,
      agentId: body.agent_id,
      cannedId: body.canned_id,
      variables: body.variables,
      version: body.version,
      keepOpen: body.keep_open,
    });
    return answerMessage(context.db, ticketId);
  },
});
