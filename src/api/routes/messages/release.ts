import { releaseTicket } from "../../../commands/release-ticket.js";
import { actingRequest } from "../../../contract/http/message-requests.js";
import { messageSchema } from "../../../contract/http/messages.js";
import { endpoint } from "../../endpoint.js";
import { requireActing } from "../require-acting.js";
import { answerMessage } from "./answer-message.js";

/** The owner gives a message back; its age is kept. */
export const release = endpoint({
  method: "post",
  path: "/api/messages/{id}/release/",
  tag: "Messages",
  summary: "Give a message back to the queue",
  policy: "message.release",
  noun: "message_not_found",
  body: actingRequest,
  bodyOptional: true,
  fieldCodes: { agent_id: "invalid_agent_id" },
  answers: { 200: { description: "The message as it now stands", schema: messageSchema } },
  refusals: ["agent_not_found", "not_your_agent", "already_closed", "not_claimed", "not_assigned_to_you"],
  run: async ({ id, body, context }) => {
    await requireActing(context, body.agent_id);
    const { ticketId } = await releaseTicket(context, { ticketId: id });
    return answerMessage(context.db, ticketId);
  },
});
