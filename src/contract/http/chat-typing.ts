import { z } from "zod";
import { idInput } from "./primitives.js";

/** `POST /api/chat/typing/`: what a socket's `typing` frame says. */
export const typingRequest = z.object({
  conversation_id: idInput,
  is_typing: z.boolean("must be true or false"),
});
