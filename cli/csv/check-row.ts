import type { ImportRow } from "../../src/commands/import-messages.js";
import { isBlank } from "../../src/contract/is-blank.js";
import type { Columns } from "./find-columns.js";
import { parseTime, type ZoneOffset } from "./parse-time.js";

const userIdMax = 255;
const bodyMax = 10_000;

/** More code points than `max`, as Postgres counts a text's length. */
function isLonger(text: string, max: number): boolean {
  if (text.length <= max) return false;
  let count = 0;
  for (const _ of text) if (++count > max) return true;
  return false;
}

/** The message that a record's cells are, or the reason why they are none. */
export function checkRow(cells: readonly string[], columns: Columns, zone: ZoneOffset): ImportRow | string {
  if (cells.length !== columns.width) return `${cells.length} cells, expected ${columns.width}`;
  const userId = (cells[columns.user] ?? "").trim();
  const body = cells[columns.body] ?? "";
  const time = cells[columns.time] ?? "";
  if (isBlank(userId)) return "the customer's id is empty";
  if (isLonger(userId, userIdMax)) return `the customer's id has more than ${userIdMax} characters`;
  if (userId.includes("\0") || body.includes("\0")) return "there is a NUL character";
  const sentAt = parseTime(time, zone);
  if (!sentAt) return `"${time.slice(0, 40)}" is no time that is known (2017-02-03 07:01:34, 03-02-2017 07:01, ISO)`;
  if (isBlank(body)) return "the message is empty";
  if (isLonger(body, bodyMax)) return `the message has more than ${bodyMax} characters`;
  return { userId, sentAt, body };
}
