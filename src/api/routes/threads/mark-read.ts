import { markRead } from "../../../commands/mark-read.js";
import { markedReadSchema, markReadRequest } from "../../../contract/http/chat-requests.js";
import { endpoint } from "../../endpoint.js";
import { inThreadWords } from "./thread-words.js";

export const markReadEndpoint = endpoint({
  method: "post",
  path: "/api/chat/threads/{id}/mark-read/",
  tag: "Threads",
  summary: "Note how far the caller has read; it never goes back",
  policy: "thread.write",
  noun: "thread_not_found",
  body: markReadRequest,
  bodyOptional: true,
  answers: { 200: { description: "How far, and what is left", schema: markedReadSchema } },
  refusals: [],
  run: async ({ id, body, context }) => {
    const input = { conversationId: id, upTo: body.up_to, messageIds: body.message_ids };
    const { markedRead, upTo, unreadCount } = await inThreadWords(markRead(context, input));
    const answer = { marked_read: markedRead, thread_id: id, up_to: upTo, unread_count: unreadCount };
    return { status: 200, body: { status: "success", ...answer } };
  },
});
