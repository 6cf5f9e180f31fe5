import { removeParticipant } from "../../../commands/change-conversation.js";
import { Refusal } from "../../../domain/errors.js";
import { checkRoom } from "../../check-room.js";
import { endpoint } from "../../endpoint.js";

export const removeParticipantEndpoint = endpoint({
  method: "delete",
  path: "/api/chat/conversations/{id}/participants/{user_id}/",
  tag: "Conversations",
  summary: "Leave a conversation, or take somebody out of one's own",
  policy: "conversation.write",
  noun: "conversation_not_found",
  answers: { 204: { description: "Out" } },
  refusals: ["user_not_found", "thread_taken"],
  run: async ({ id, context, deps, c }) => {
    const text = c.req.param("user_id") ?? "";
    const userId = /^\d{1,15}$/.test(text) ? Number(text) : null;
    if (userId === null) throw new Refusal("user_not_found", "There is no such user.");
    await removeParticipant(context, { conversationId: id, userId });
    await checkRoom(deps, id);
    return { status: 204 };
  },
});
