import { changeConversation } from "../../../commands/change-conversation.js";
import { conversationSchema, updateConversationRequest } from "../../../contract/http/conversations.js";
import { endpoint } from "../../endpoint.js";
import { presentConversation } from "../../presenters/conversation.js";
import { readOwnConversation } from "./read-as.js";

export const updateConversationEndpoint = endpoint({
  method: "patch",
  path: "/api/chat/conversations/{id}/",
  tag: "Conversations",
  summary: "Change a conversation's title, put it in the archive or take it out",
  policy: "conversation.write",
  noun: "conversation_not_found",
  body: updateConversationRequest,
  answers: { 200: { description: "The conversation as it now stands", schema: conversationSchema } },
  refusals: [],
  run: async ({ id, body, context }) => {
    await changeConversation(context, { conversationId: id, title: body.title, isArchived: body.is_archived });
    return { status: 200, body: presentConversation(await readOwnConversation(context, id)) };
  },
});
