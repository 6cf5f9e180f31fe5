import { z } from "zod";
import { isBlank } from "../is-blank.js";

/** An id as answers show it. */
export const id = z.int().positive();

/** A time as answers show it: ISO-8601 UTC with milliseconds. */
export const time = z.string().meta({ format: "date-time", example: "2026-01-31T12:00:00.000Z" });

/** How many characters (code points, as Postgres counts them) a text has. */
function characters(text: string, enough: number): number {
  if (text.length <= enough) return text.length;
  let count = 0;
  for (const _ of text) count++;
  return count;
}

/** A text of 1 to `max` characters that is not blank. Kept as it was sent, never trimmed. */
export function boundedText(max: number) {
  return z
    .string("is required and must be a text")
    .superRefine((text, context) => {
      if (isBlank(text)) context.addIssue({ code: "custom", message: "must not be empty" });
      if (characters(text, max) > max) {
        context.addIssue({
          code: "too_big",
          origin: "string",
          maximum: max,
          message: `has more than ${max} characters`,
        });
      }
    })
    .meta({ minLength: 1, maxLength: max });
}

/** A customer's outside id as a request has it: without the white space around it, as an import takes it. */
export const outsideId = z
  .string("must be a text")
  .trim()
  .pipe(boundedText(255))
  .meta({ minLength: 1, maxLength: 255 });

/** A text of 0 to `max` characters. */
export function optionalText(max: number) {
  return z
    .string("must be a text")
    .superRefine((text, context) => {
      if (characters(text, max) > max) {
        context.addIssue({
          code: "too_big",
          origin: "string",
          maximum: max,
          message: `has more than ${max} characters`,
        });
      }
    })
    .meta({ maxLength: max });
}

/** An id in a request: an integer or a string of digits (seed 000); parsed to a number. */
export const idInput = z
  .union([z.int().nonnegative(), z.string().regex(/^\d{1,16}$/)], "must be an integer or a string of digits")
  .transform(Number)
  .refine(Number.isSafeInteger, "is larger than any id");

const limitWords = "must be a whole number from 1 to 200";

/** `limit` of a list: 1 to 200, 50 unless told. */
export const limit = z
  .string()
  .regex(/^\d{1,3}$/, limitWords)
  .transform(Number)
  .pipe(z.int().min(1, limitWords).max(200, limitWords))
  .default(50)
  .meta({ type: "integer", minimum: 1, maximum: 200 });

/** `cursor` of a list: what `next` of the page before it said. */
export const cursor = z.string().max(500, "is not a cursor of this list");

/** A page of a list. */
export function page<T extends z.ZodType>(item: T) {
  return z.object({ results: z.array(item), next: z.string().nullable() });
}
