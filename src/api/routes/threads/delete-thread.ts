import { deleteThread } from "../../../commands/change-conversation.js";
import { checkRoom } from "../../check-room.js";
import { endpoint } from "../../endpoint.js";
import { inThreadWords } from "./thread-words.js";

export const deleteThreadEndpoint = endpoint({
  method: "delete",
  path: "/api/chat/threads/{id}/",
  tag: "Threads",
  summary: "Delete a thread for all who take part; for who opened it, and admins",
  policy: "thread.write",
  noun: "thread_not_found",
  answers: { 204: { description: "Gone" } },
  refusals: [],
  run: async ({ id, context, deps }) => {
    await inThreadWords(deleteThread(context, { conversationId: id }));
    await checkRoom(deps, id);
    return { status: 204 };
  },
});
