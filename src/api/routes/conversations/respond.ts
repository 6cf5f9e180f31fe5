import { respondAsUser } from "../../../commands/respond-as-user.js";
import { userResponseRequest, userResponseSchema } from "../../../contract/http/conversations.js";
import { endpoint } from "../../endpoint.js";

/** A customer says something; without a conversation a new one is opened, the bot's or a support case. */
export const respond = endpoint({
  method: "post",
  path: "/api/user-response/",
  tag: "Conversations",
  summary: "Say something, in a conversation or in a new one",
  policy: "conversation.respond",
  limit: "intake",
  body: userResponseRequest,
  answers: { 200: { description: "It is said; sent again: the same", schema: userResponseSchema } },
  refusals: ["conversation_not_found", "attachment_not_found", "not_assigned_to_you", "already_closed", "at_capacity"],
  run: async ({ body, context, deps }) => {
    const { conversationId, messageId } = await respondAsUser(
      context,
      {
        conversationId: body.conversation_id ?? undefined,
        text: body.text,
        clientId: body.client_id ?? undefined,
        metadata: body.metadata ?? undefined,
        attachmentId: body.attachment_id ?? undefined,
        opens: deps.config.BOT_PROVIDER === "none" ? "support" : "bot",
      },
      (...said) => deps.posts.post(...said),
    );
    return { status: 200, body: { conversation_id: conversationId, message_id: messageId } };
  },
});
