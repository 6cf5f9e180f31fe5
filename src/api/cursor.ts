import { z } from "zod";
import { Refusal } from "../domain/errors.js";

/** A place in a list as callers see it: opaque. */
export function encodeCursor(place: unknown): string {
  return Buffer.from(JSON.stringify(place)).toString("base64url");
}

/** The place that a cursor means; undefined without one. Throws `invalid_query` for anything that no list gave out. */
export function decodeCursor<T extends z.ZodType>(schema: T, cursor: string | undefined): z.output<T> | undefined {
  if (cursor === undefined) return undefined;
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(Buffer.from(cursor, "base64url"));
    const parsed = schema.safeParse(JSON.parse(text));
    if (parsed.success) return parsed.data;
  } catch {
    // not base64, not UTF-8 or not JSON: all the same to the caller
  }
  throw new Refusal("invalid_query", "The cursor is not one that this list gave out.", {
    errors: [{ path: "query.cursor", message: "is not a cursor of this list" }],
  });
}

/** The cursor of lists in order of ids. */
export const idPlace = z.object({ id: z.int().nonnegative() });

/**
 * A page of a list from rows that were read one more than asked for: `next` is there when that one is.
 */
export function pageOf<Row, View>(
  rows: readonly Row[],
  limit: number,
  present: (row: Row) => View,
  placeOf: (row: Row) => unknown,
): { results: View[]; next: string | null } {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const next = rows.length > limit && last !== undefined ? encodeCursor(placeOf(last)) : null;
  return { results: shown.map(present), next };
}
