import { tellTyping } from "../../../commands/tell-typing.js";
import { typingRequest } from "../../../contract/http/chat-typing.js";
import { endpoint } from "../../endpoint.js";

/** The HTTP twin of a socket's `typing` frame. Shown and forgotten: a bus that is away loses it. */
export const typing = endpoint({
  method: "post",
  path: "/api/chat/typing/",
  tag: "Conversations",
  summary: "Say that you type in a conversation, or stopped; it ends by itself after 5 s",
  policy: "chat.type",
  body: typingRequest,
  answers: { 204: { description: "Told to the others" } },
  refusals: ["conversation_not_found"],
  run: async ({ body, context, deps }) => {
    const { db, actor } = context;
    const typist = {
      db,
      actor,
      mode: deps.config.AGENT_VISIBILITY,
      publish: (frame: Parameters<typeof deps.bus.publishEphemeral>[0]) => deps.bus.publishEphemeral(frame),
    };
    await tellTyping(typist, { conversationId: body.conversation_id, isTyping: body.is_typing });
    return { status: 204 };
  },
});
