import { z } from "zod";
import { boundedText, cursor, id, limit, page } from "./primitives.js";

/** A canned reply; `body` is the same as `text` (seed 000 calls it so). */
export const cannedSchema = z
  .object({
    id,
    title: z.string(),
    text: z.string(),
    body: z.string(),
    shortcut: z.string().nullable(),
    uses: z.int(),
  })
  .meta({ id: "CannedReply" });
export type CannedView = z.infer<typeof cannedSchema>;

export const cannedPageSchema = page(cannedSchema).meta({ id: "CannedReplyPage" });

export const listCannedQuery = z.object({ limit, cursor: cursor.optional() });

const title = boundedText(200);
const text = boundedText(10_000);
const shortcut = boundedText(50).nullable();

/** `body` is taken for `text`; `text` wins when both are there. */
function withText<T extends { text?: string | undefined; body?: string | undefined }>({ body, ...rest }: T) {
  return { ...rest, text: rest.text ?? body };
}

const fields = z.object({ title, text: text.optional(), body: text.optional(), shortcut: shortcut.optional() });

/** A whole canned reply, to create one or to put in place of one: `title` and `text` (or `body`). */
export const cannedRequest = fields
  .transform(withText)
  .refine((value): value is typeof value & { text: string } => value.text !== undefined, {
    path: ["text"],
    message: "is required and must be a text",
  })
  .meta({ id: "WriteCannedReply" });

/** What is to change of a canned reply. */
export const cannedPatchRequest = fields.partial().transform(withText).meta({ id: "PatchCannedReply" });

/** The canned replies that fit best, best first. */
export const suggestionsSchema = z
  .object({
    results: z.array(cannedSchema.omit({ uses: true }).extend({ score: z.number() }).meta({ id: "Suggestion" })),
  })
  .meta({ id: "Suggestions" });
