import { z } from "zod";
import { messageKinds } from "../../domain/ticket.js";
import { chatMessageSchema } from "./chat-messages.js";
import { boundedText, cursor, id, idInput, limit, optionalText } from "./primitives.js";

const textMax = 10_000;
const metadataMax = 16_384;

/** Whatever a client keeps beside its text; 16 KiB of JSON at most. */
const metadata = z
  .record(z.string().max(200), z.unknown(), "must be an object")
  .refine((value) => JSON.stringify(value).length <= metadataMax, `has more than ${metadataMax} characters of JSON`);

const clientId = boundedText(255).meta({
  description: "the sender's mark: a message that is sent again with it is there once",
});

/** What is said, in either seed's words: `text`, or `message`. It may be empty beside an attachment. */
export const postableText = z.object({
  text: optionalText(textMax).optional(),
  message: optionalText(textMax).optional().meta({ description: "the same as text" }),
  metadata: metadata.nullish(),
  attachment_id: idInput.nullish(),
  client_id: clientId.nullish(),
});

/** `text`, or what came as `message`; none is an empty one, which the command judges. */
export function withText<T extends { text?: string | undefined; message?: string | undefined }>({
  message,
  ...rest
}: T) {
  return { ...rest, text: rest.text ?? message ?? "" };
}

export const postChatMessageRequest = postableText
  .extend({
    message_type: z.enum(messageKinds, `is none of ${messageKinds.join(", ")}`).optional(),
    type: z
      .enum(messageKinds, `is none of ${messageKinds.join(", ")}`)
      .optional()
      .meta({ description: "the same" }),
  })
  .transform(withText)
  .meta({ id: "PostChatMessage" });

const editText = boundedText(textMax);

export const editChatMessageRequest = z
  .object({ text: editText.optional(), message: editText.optional(), metadata: metadata.optional() })
  .transform(({ message, ...rest }) => ({ ...rest, text: rest.text ?? message }))
  .refine((value): value is typeof value & { text: string } => value.text !== undefined, {
    path: ["text"],
    message: "is required and must be a text",
  })
  .meta({ id: "EditChatMessage" });

export const listChatMessagesQuery = z.object({ limit, cursor: cursor.optional() });

/** A page of what was said, newest last. `next` leads to what was said before it, `previous` to what came after it. */
export const chatMessagePageSchema = z
  .object({ results: z.array(chatMessageSchema), next: z.string().nullable(), previous: z.string().nullable() })
  .meta({ id: "ChatMessagePage" });

export const markReadRequest = z
  .object({
    message_ids: z.array(idInput, "must be a list of ids").max(1000, "has more than 1000 ids").optional(),
    up_to: z.int("must be a whole number").nonnegative().max(2_147_483_647).optional().meta({
      description: "a message's seq; with neither: all that was said",
    }),
  })
  .meta({ id: "MarkRead" });

export const markedReadSchema = z
  .object({ status: z.literal("success"), marked_read: z.int(), thread_id: id, up_to: z.int(), unread_count: z.int() })
  .meta({ id: "MarkedRead" });
