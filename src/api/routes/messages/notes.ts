import { addNote } from "../../../commands/add-note.js";
import { noteRequest } from "../../../contract/http/message-requests.js";
import { messageSchema } from "../../../contract/http/messages.js";
import { endpoint } from "../../endpoint.js";
import { requireActing } from "../require-acting.js";
import { answerMessage } from "./answer-message.js";

/** A note on a message; it never leaves the agents. */
export const note = endpoint({
  method: "post",
  path: "/api/messages/{id}/notes/",
  tag: "Messages",
  summary: "Add a note that only agents see",
  policy: "message.note",
  noun: "message_not_found",
  body: noteRequest,
  fieldCodes: { agent_id: "invalid_agent_id" },
  answers: { 200: { description: "The message as it now stands", schema: messageSchema } },
  refusals: ["agent_not_found", "not_your_agent", "already_closed"],
  run: async ({ id, body, context }) => {
    await requireActing(context, body.agent_id);
    const { ticketId } = await addNote(context, { ticketId: id, text: body.text });
    return answerMessage(context.db, ticketId);
  },
});
