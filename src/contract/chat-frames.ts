import { z } from "zod";
import { idInput, optionalText } from "./http/primitives.js";

const clientId = z.string("must be a text").min(1, "must not be empty").max(255, "has more than 255 characters");
const position = z
  .union([z.int().nonnegative(), z.string().regex(/^\d{1,15}$/)], "must be a position")
  .transform(Number);

/**
 * What a client says on a chat socket (CONTRACT.md 5), in either seed's words. The rules of a message's text are its
 * command's, so that every door refuses alike.
 */
export const chatMessageFrame = z
  .object({
    text: optionalText(100_000).optional(),
    message: optionalText(100_000).optional(),
    message_type: z.string().max(50).optional(),
    client_id: clientId.nullish(),
    metadata: z.record(z.string(), z.unknown(), "must be an object").nullish(),
    attachment_id: idInput.nullish(),
  })
  .transform((frame) => ({
    text: frame.text ?? frame.message ?? "",
    messageType: frame.message_type ?? "text",
    clientId: frame.client_id ?? null,
    metadata: frame.metadata ?? null,
    attachmentId: frame.attachment_id ?? null,
  }));

export const chatReadFrame = z
  .object({
    message_ids: z.array(idInput).max(1000, "names more than 1000 messages").optional(),
    up_to: position.optional(),
  })
  .transform((frame) => ({ messageIds: frame.message_ids ?? null, upTo: frame.up_to ?? null }));

export const chatTypingFrame = z
  .object({ is_typing: z.boolean("must be true or false") })
  .transform((frame) => ({ isTyping: frame.is_typing }));

/** The frames by both seeds' names of them. */
export const chatFrames = {
  message: { kind: "message", schema: chatMessageFrame },
  chat_message: { kind: "message", schema: chatMessageFrame },
  read: { kind: "read", schema: chatReadFrame },
  mark_messages_read: { kind: "read", schema: chatReadFrame },
  typing: { kind: "typing", schema: chatTypingFrame },
  typing_indicator: { kind: "typing", schema: chatTypingFrame },
} as const;

/** What somebody in a conversation says or does. */
export type ChatAct =
  | ({ kind: "message" } & z.output<typeof chatMessageFrame>)
  | ({ kind: "read" } & z.output<typeof chatReadFrame>)
  | ({ kind: "typing" } & z.output<typeof chatTypingFrame>);

/** Whether a frame's type is one of a chat socket's. */
export function isChatFrame(type: unknown): type is keyof typeof chatFrames {
  return typeof type === "string" && Object.hasOwn(chatFrames, type);
}

/** Somebody types in a conversation, or stops: shown and forgotten, it has no position. */
export function typingFrame(user: { id: number; name: string }, isTyping: boolean): Record<string, unknown> {
  return { type: "typing", user_id: user.id, name: user.name, is_typing: isTyping };
}

/** Somebody came to a conversation, or left it: once for all of its sockets. */
export function roomFrame(
  type: "user_joined" | "user_left",
  user: { id: number; name: string; role: string },
): Record<string, unknown> {
  return { type, user_id: user.id, name: user.name, role: user.role };
}
