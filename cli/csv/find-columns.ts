import { UsageError } from "../failure.js";

/** Where in a record its parts stand, from 0. */
export interface Columns {
  user: number;
  time: number;
  body: number;
  /** Cells of every good record. */
  width: number;
}

/** Names (or positions, from 1) that somebody gave; what is not given is looked for. */
export interface ColumnChoice {
  user?: string | undefined;
  time?: string | undefined;
  body?: string | undefined;
}

type Part = keyof ColumnChoice;
const parts: readonly Part[] = ["user", "time", "body"];

/** Names that a column may have, the surest first; compared in small letters without spaces, signs and `(UTC)`. */
const names: Record<Part, readonly string[]> = {
  user: [
    "userid",
    "customerid",
    "clientid",
    "user",
    "customer",
    "client",
    "senderid",
    "sender",
    "authorid",
    "author",
    "from",
    "uid",
  ],
  time: [
    "timestamp",
    "createdat",
    "sentat",
    "datetime",
    "messagetime",
    "messagedate",
    "receivedat",
    "time",
    "date",
    "created",
    "sent",
  ],
  body: ["messagebody", "body", "messagetext", "message", "text", "content", "comment"],
};

const option: Record<Part, string> = { user: "--user-column", time: "--time-column", body: "--body-column" };
const meaning: Record<Part, string> = { user: "the customer's id", time: "the time", body: "the message" };

function bare(name: string): string {
  return name
    .replace(/\(.*?\)/g, "")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, "")
    .replace(/utc$/, "");
}

/** Finds the columns by the header's names. Throws UsageError with the header, when one is missing or not there. */
export function findColumns(header: readonly string[], choice: ColumnChoice): Columns {
  const shown = `the header is: ${header.join(", ")}`;
  const find = (part: Part): number => {
    const chosen = choice[part];
    if (chosen !== undefined) {
      const named = header.findIndex((name) => name.trim() === chosen.trim() || bare(name) === bare(chosen));
      const index = named === -1 ? position(chosen, header.length) : named;
      if (index === null) throw new UsageError(`${option[part]}: there is no column "${chosen}"; ${shown}`);
      return index;
    }
    for (const name of names[part]) {
      const index = header.findIndex((cell) => bare(cell) === name);
      if (index !== -1) return index;
    }
    throw new UsageError(
      `no column looks like ${meaning[part]}: name it with ${option[part]}, or use --no-header if the file has none; ${shown}`,
    );
  };
  return distinct({ user: find("user"), time: find("time"), body: find("body"), width: header.length });
}

/** The columns by position, from 1; user, time, body unless told otherwise. `width`: cells of the first record. */
export function columnsByPosition(width: number, choice: ColumnChoice): Columns {
  const at = parts.map((part, index) => {
    const chosen = choice[part] ?? String(index + 1);
    const found = position(chosen, width);
    if (found !== null) return found;
    throw new UsageError(`${option[part]}: "${chosen}" is no position from 1 to ${width}, the cells of the first line`);
  });
  return distinct({ user: at[0] ?? 0, time: at[1] ?? 0, body: at[2] ?? 0, width });
}

function position(text: string, width: number): number | null {
  const value = /^\d{1,4}$/.test(text.trim()) ? Number(text) : 0;
  return value >= 1 && value <= width ? value - 1 : null;
}

function distinct(columns: Columns): Columns {
  if (new Set([columns.user, columns.time, columns.body]).size < 3) {
    throw new UsageError("user, time and body must be three different columns");
  }
  return columns;
}
