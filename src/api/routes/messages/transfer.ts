import { transferTicket } from "../../../commands/transfer-ticket.js";
import { transferRequest } from "../../../contract/http/message-requests.js";
import { messageSchema } from "../../../contract/http/messages.js";
import { endpoint } from "../../endpoint.js";
import { requireActing } from "../require-acting.js";
import { answerMessage } from "./answer-message.js";

/** The owner gives a message to another agent, if that one has room; its age is kept. */
export const transfer = endpoint({
  method: "post",
  path: "/api/messages/{id}/transfer/",
  tag: "Messages",
  summary: "Give a message to another agent",
  policy: "message.transfer",
  noun: "message_not_found",
  body: transferRequest,
  fieldCodes: { agent_id: "invalid_agent_id" },
  answers: { 200: { description: "The message as it now stands", schema: messageSchema } },
  refusals: [
    "agent_not_found",
    "not_your_agent",
    "already_closed",
    "not_claimed",
    "not_assigned_to_you",
    "at_capacity",
  ],
  run: async ({ id, body, context }) => {
    await requireActing(context, body.agent_id);
    const { ticketId } = await transferTicket(context, { ticketId: id, toAgentId: body.to_agent_id });
    return answerMessage(context.db, ticketId);
  },
});
