import { chatMessageSchema } from "../../../contract/http/chat-messages.js";
import { conversationAccess } from "../../../db/queries/conversation-access.js";
import { findMessage } from "../../../db/queries/find-message.js";
import { readConversation } from "../../../db/queries/read-conversation.js";
import { Refusal } from "../../../domain/errors.js";
import { endpoint } from "../../endpoint.js";
import { presentChatMessage } from "../../presenters/chat-message.js";
import { noteShown } from "../conversations/note-shown.js";
import { readAs } from "../conversations/read-as.js";

export const readChatMessage = endpoint({
  method: "get",
  path: "/api/chat/messages/{id}/",
  tag: "Chat messages",
  summary: "One message of a conversation",
  policy: "thread.read",
  noun: "message_not_found",
  looksItself: true,
  answers: { 200: { description: "The message, or its tombstone", schema: chatMessageSchema } },
  refusals: [],
  run: async ({ id, context }) => {
    const gone = () => new Refusal("message_not_found", "There is no such message.");
    const found = await findMessage(context.db.kysely, id);
    if (!found) throw gone();
    const { actor, db, sight } = context;
    const access = await conversationAccess(db.kysely, actor, found.conversationId, sight);
    if (!access?.mayRead) throw gone();
    const options = { notes: actor.role !== "customer", limit: 1, only: id };
    const [row] = await readAs(context, (reader) => readConversation(reader, found.conversationId, options));
    if (!row) throw gone();
    await noteShown(context, found.conversationId, [row]);
    return { status: 200, body: presentChatMessage(row) };
  },
});
