import { deleteMessage } from "../../../commands/change-message.js";
import { endpoint } from "../../endpoint.js";

export const deleteChatMessage = endpoint({
  method: "delete",
  path: "/api/chat/messages/{id}/",
  tag: "Chat messages",
  summary: "Take one's own message back; a tombstone stays",
  policy: "thread.write",
  noun: "message_not_found",
  looksItself: true,
  answers: { 204: { description: "Its words are gone" } },
  refusals: ["not_your_message"],
  run: async ({ id, context }) => {
    await deleteMessage(context, { messageId: id });
    return { status: 204 };
  },
});
