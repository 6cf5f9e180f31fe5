import { correctUrgency } from "../../../commands/correct-urgency.js";
import { urgencyRequest } from "../../../contract/http/message-requests.js";
import { messageSchema } from "../../../contract/http/messages.js";
import { endpoint } from "../../endpoint.js";
import { requireActing } from "../require-acting.js";
import { answerMessage } from "./answer-message.js";

/** A person says how urgent a message is; the correction is kept as a label, and due_at moves. */
export const correctUrgencyEndpoint = endpoint({
  method: "patch",
  path: "/api/messages/{id}/urgency/",
  tag: "Messages",
  summary: "Correct a message's urgency",
  policy: "message.correct",
  noun: "message_not_found",
  body: urgencyRequest,
  fieldCodes: { agent_id: "invalid_agent_id" },
  answers: { 200: { description: "The message as it now stands", schema: messageSchema } },
  refusals: ["agent_not_found", "not_your_agent", "already_closed"],
  run: async ({ id, body, context }) => {
    await requireActing(context, body.agent_id);
    const { ticketId } = await correctUrgency(context, { ticketId: id, level: body.level, reason: body.reason });
    return answerMessage(context.db, ticketId);
  },
});
