import { z } from "zod";
import { boundedText, id } from "./primitives.js";

/** What customers often ask, as a button shows it. */
export const promptSchema = z
  .object({ id, title: z.string(), text: z.string(), order: z.int() })
  .meta({ id: "BotPrompt" });
export type PromptView = z.infer<typeof promptSchema>;

/** The same for who writes them: it may be switched off. */
export const ownPromptSchema = promptSchema.extend({ is_active: z.boolean() }).meta({ id: "OwnBotPrompt" });
export type OwnPromptView = z.infer<typeof ownPromptSchema>;

export const promptListSchema = z.array(promptSchema.extend({ is_active: z.boolean().optional() }));

export const listPromptsQuery = z.object({
  all: z
    .enum(["0", "1"], "must be 0 or 1")
    .optional()
    .meta({ description: "1: for an admin, also those that are switched off" }),
});

const order = z.int().min(-1_000_000).max(1_000_000);

/** A whole prompt, to create one or to put in place of one. */
export const promptRequest = z
  .object({
    title: boundedText(200),
    text: boundedText(10_000),
    order: order.default(0),
    is_active: z.boolean().default(true),
  })
  .meta({ id: "WriteBotPrompt" });

/** What is to change of a prompt. */
export const promptPatchRequest = z
  .object({ title: boundedText(200), text: boundedText(10_000), order, is_active: z.boolean() })
  .partial()
  .meta({ id: "PatchBotPrompt" });
