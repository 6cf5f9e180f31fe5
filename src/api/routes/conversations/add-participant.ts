import { addParticipant } from "../../../commands/change-conversation.js";
import { addParticipantRequest, conversationSchema } from "../../../contract/http/conversations.js";
import { endpoint } from "../../endpoint.js";
import { presentConversation } from "../../presenters/conversation.js";
import { readOwnConversation } from "./read-as.js";

export const addParticipantEndpoint = endpoint({
  method: "post",
  path: "/api/chat/conversations/{id}/participants/",
  tag: "Conversations",
  summary: "Add somebody to a conversation",
  policy: "conversation.write",
  noun: "conversation_not_found",
  body: addParticipantRequest,
  answers: { 201: { description: "The conversation with its participants", schema: conversationSchema } },
  refusals: ["user_not_found", "thread_taken"],
  run: async ({ id, body, context }) => {
    await addParticipant(context, { conversationId: id, userId: body.user_id });
    return { status: 201, body: presentConversation(await readOwnConversation(context, id)) };
  },
});
