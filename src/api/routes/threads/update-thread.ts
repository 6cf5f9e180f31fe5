import { changeConversation } from "../../../commands/change-conversation.js";
import { conversationSchema } from "../../../contract/http/conversations.js";
import { updateThreadRequest } from "../../../contract/http/threads.js";
import { endpoint } from "../../endpoint.js";
import { presentConversation } from "../../presenters/conversation.js";
import { readOwnConversation } from "../conversations/read-as.js";
import { inThreadWords } from "./thread-words.js";

export const updateThreadEndpoint = endpoint({
  method: "put",
  path: "/api/chat/threads/{id}/",
  tag: "Threads",
  summary: "Change a thread's title, put it in the archive or take it out",
  policy: "thread.write",
  noun: "thread_not_found",
  body: updateThreadRequest,
  answers: { 200: { description: "The thread as it now stands", schema: conversationSchema } },
  refusals: [],
  run: async ({ id, body, context }) => {
    const change = { conversationId: id, title: body.title, isArchived: body.is_archived };
    await inThreadWords(changeConversation(context, change));
    return { status: 200, body: presentConversation(await inThreadWords(readOwnConversation(context, id))) };
  },
});
