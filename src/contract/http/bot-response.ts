import { z } from "zod";
import { chatMessageSchema } from "./chat-messages.js";
import { boundedText, idInput } from "./primitives.js";

/** `text` (or `message`) is said first, as the caller's own message; left out, what was said last is answered. */
export const botResponseRequest = z
  .object({
    conversation_id: idInput,
    text: boundedText(10_000).optional(),
    message: boundedText(10_000).optional(),
    client_id: boundedText(255).optional(),
  })
  .transform(({ message, text, ...rest }) => ({ ...rest, text: text ?? message }))
  .meta({ id: "AskBot" });

/** The bot's message; or, with `handed_over`, the one by which the desk takes over, and why. */
export const botResponseSchema = z
  .object({
    message: chatMessageSchema,
    degraded: z.literal(true).optional(),
    handed_over: z.enum(["asked", "low_confidence", "urgent", "no_answer"]).optional(),
  })
  .meta({ id: "BotResponse" });
