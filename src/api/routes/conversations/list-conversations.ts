import { conversationPageSchema, listConversationsQuery } from "../../../contract/http/conversations.js";
import { endpoint } from "../../endpoint.js";
import { listPage } from "./list-page.js";

export const listConversationsEndpoint = endpoint({
  method: "get",
  path: "/api/chat/conversations/",
  tag: "Conversations",
  summary: "Conversations by their latest message: one's own, and for staff the support cases",
  policy: "conversation.read",
  query: listConversationsQuery,
  answers: { 200: { description: "A page of conversations", schema: conversationPageSchema } },
  refusals: [],
  run: async ({ query, context }) => ({ status: 200, body: await listPage(context, query, false) }),
});
