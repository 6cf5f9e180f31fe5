import { expect, test } from "vitest";
import { checkRow } from "../../../cli/csv/check-row.js";
import { utc } from "../../../cli/csv/parse-time.js";

const columns = { user: 0, time: 1, body: 2, width: 3 };
const time = "2017-02-03 07:01:34";
const check = (...cells: string[]) => checkRow(cells, columns, utc);

test("a good row: the id trimmed, the body as it is", () => {
  expect(check(" 208 ", time, " Hi there \n")).toEqual({
    userId: "208",
    sentAt: new Date("2017-02-03T07:01:34Z"),
    body: " Hi there \n",
  });
});

test("10,000 characters pass, counted as Postgres does, 10,001 do not", () => {
  expect(check("1", time, "😀".repeat(10_000))).toMatchObject({ userId: "1" });
  expect(check("1", time, "😀".repeat(10_001))).toMatch(/more than 10000/);
});

test.each([
  [["1", time], /2 cells, expected 3/],
  [["1", time, "a", "b"], /4 cells/],
  [["", time, "a"], /id is empty/],
  [["x".repeat(256), time, "a"], /more than 255/],
  [["1", "tomorrow", "a"], /"tomorrow" is no time/],
  [["1", time, ""], /message is empty/],
  [["1", time, " \t\n"], /message is empty/],
  [["1", time, "\u200b\u2060"], /message is empty/],
  [["1", time, "a\0b"], /NUL/],
  [["1\0", time, "a"], /NUL/],
])("%j is refused with its reason", (cells, reason) => {
  expect(check(...cells)).toMatch(reason);
});
