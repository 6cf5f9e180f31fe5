import { snoozeTicket } from "../../../commands/snooze-ticket.js";
import { snoozeRequest } from "../../../contract/http/message-requests.js";
import { messageSchema } from "../../../contract/http/messages.js";
import { endpoint } from "../../endpoint.js";
import { requireActing } from "../require-acting.js";
import { answerMessage } from "./answer-message.js";

/** The owner puts a message aside; it does not count against its capacity until then. */
export const snooze = endpoint({
  method: "post",
  path: "/api/messages/{id}/snooze/",
  tag: "Messages",
  summary: "Put a message aside until a time",
  policy: "message.snooze",
  noun: "message_not_found",
  body: snoozeRequest,
  fieldCodes: { agent_id: "invalid_agent_id" },
  answers: { 200: { description: "The message as it now stands", schema: messageSchema } },
  refusals: ["agent_not_found", "not_your_agent", "already_closed", "not_claimed", "not_assigned_to_you"],
  run: async ({ id, body, context }) => {
    await requireActing(context, body.agent_id);
    const { ticketId } = await snoozeTicket(context, { ticketId: id, until: body.until });
    return answerMessage(context.db, ticketId);
  },
});
