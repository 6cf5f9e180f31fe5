import { conversationSchema } from "../../../contract/http/conversations.js";
import { endpoint } from "../../endpoint.js";
import { presentConversation } from "../../presenters/conversation.js";
import { readOwnConversation } from "../conversations/read-as.js";
import { inThreadWords } from "./thread-words.js";

export const readThreadEndpoint = endpoint({
  method: "get",
  path: "/api/chat/threads/{id}/",
  tag: "Threads",
  summary: "One thread",
  policy: "thread.read",
  noun: "thread_not_found",
  answers: { 200: { description: "The thread", schema: conversationSchema } },
  refusals: [],
  run: async ({ id, context }) => {
    return { status: 200, body: presentConversation(await inThreadWords(readOwnConversation(context, id))) };
  },
});
