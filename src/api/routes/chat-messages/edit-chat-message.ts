import { editMessage } from "../../../commands/change-message.js";
import { chatMessageSchema } from "../../../contract/http/chat-messages.js";
import { editChatMessageRequest } from "../../../contract/http/chat-requests.js";
import { endpoint } from "../../endpoint.js";

export const editChatMessage = endpoint({
  method: "put",
  path: "/api/chat/messages/{id}/",
  tag: "Chat messages",
  summary: "Put other words in place of one's own",
  policy: "thread.write",
  noun: "message_not_found",
  looksItself: true,
  body: editChatMessageRequest,
  answers: { 200: { description: "The message as it now stands", schema: chatMessageSchema } },
  refusals: ["not_your_message", "message_deleted"],
  run: async ({ id, body, context }) => {
    return {
      status: 200,
      body: await editMessage(context, { messageId: id, text: body.text, metadata: body.metadata }),
    };
  },
});
