import { reopenTicket } from "../../../commands/reopen-ticket.js";
import { actingRequest } from "../../../contract/http/message-requests.js";
import { messageSchema } from "../../../contract/http/messages.js";
import { endpoint } from "../../endpoint.js";
import { requireActing } from "../require-acting.js";
import { answerMessage } from "./answer-message.js";

/** A closed message waits again, and is offered to its last agent first. */
export const reopen = endpoint({
  method: "post",
  path: "/api/messages/{id}/reopen/",
  tag: "Messages",
  summary: "Open a closed message again",
  policy: "message.reopen",
  noun: "message_not_found",
  body: actingRequest,
  bodyOptional: true,
  fieldCodes: { agent_id: "invalid_agent_id" },
  answers: { 200: { description: "The message as it now stands", schema: messageSchema } },
  refusals: [
    "agent_not_found",
    "not_your_agent",
    "already_closed",
    "not_assigned_to_you",
    "not_closed",
    "conversation_busy",
  ],
  run: async ({ id, body, context }) => {
    await requireActing(context, body.agent_id);
    const { ticketId } = await reopenTicket(context, { ticketId: id });
    return answerMessage(context.db, ticketId);
  },
});
