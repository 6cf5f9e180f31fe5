import { conversationPageSchema, listConversationsQuery } from "../../../contract/http/conversations.js";
import { endpoint } from "../../endpoint.js";
import { listPage } from "../conversations/list-page.js";

export const listThreadsEndpoint = endpoint({
  method: "get",
  path: "/api/chat/threads/",
  tag: "Threads",
  summary: "The threads that the caller takes part in, by their latest message",
  policy: "thread.read",
  query: listConversationsQuery,
  answers: { 200: { description: "A page of threads", schema: conversationPageSchema } },
  refusals: [],
  run: async ({ query, context }) => ({ status: 200, body: await listPage(context, query, true) }),
});
