import { chatMessageSchema } from "../../../contract/http/chat-messages.js";
import { postChatMessageRequest } from "../../../contract/http/chat-requests.js";
import { Refusal } from "../../../domain/errors.js";
import { endpoint } from "../../endpoint.js";
import { inThreadWords } from "./thread-words.js";

/** Says something in a thread; a `client_id` makes a resend harmless. */
export const postChatMessage = endpoint({
  method: "post",
  path: "/api/chat/threads/{id}/messages/",
  tag: "Threads",
  summary: "Say something",
  policy: "thread.write",
  noun: "thread_not_found",
  body: postChatMessageRequest,
  answers: {
    200: { description: "It was said before, with that client_id", schema: chatMessageSchema },
    201: { description: "It is said", schema: chatMessageSchema },
  },
  refusals: ["type_reserved", "attachment_not_found", "not_assigned_to_you", "already_closed", "at_capacity"],
  run: async ({ id, body, context, deps }) => {
    const kind = body.message_type ?? body.type ?? "text";
    if (kind !== "text" && kind !== "note") {
      throw new Refusal("type_reserved", `A message of type ${kind} is not for clients to send.`);
    }
    const { message, isNew } = await inThreadWords(
      deps.posts.post(context, {
        conversationId: id,
        text: body.text,
        clientId: body.client_id ?? undefined,
        metadata: body.metadata ?? undefined,
        attachmentId: body.attachment_id ?? undefined,
        kind,
      }),
    );
    return { status: isNew ? 201 : 200, body: message };
  },
});
