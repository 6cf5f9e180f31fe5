import { conversationSchema } from "../../../contract/http/conversations.js";
import { endpoint } from "../../endpoint.js";
import { presentConversation } from "../../presenters/conversation.js";
import { readOwnConversation } from "./read-as.js";

export const readConversationEndpoint = endpoint({
  method: "get",
  path: "/api/chat/conversations/{id}/",
  tag: "Conversations",
  summary: "One conversation",
  policy: "conversation.read",
  noun: "conversation_not_found",
  answers: { 200: { description: "The conversation", schema: conversationSchema } },
  refusals: [],
  run: async ({ id, context }) => ({ status: 200, body: presentConversation(await readOwnConversation(context, id)) }),
});
