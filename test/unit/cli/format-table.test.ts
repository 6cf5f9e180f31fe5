import { afterEach, expect, test } from "vitest";
import { formatTable } from "../../../cli/output.js";

const { isTTY, columns } = process.stdout;
afterEach(() => Object.assign(process.stdout, { isTTY, columns }));

const colour = new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, "g");

test("a table fits the terminal that shows it", () => {
  Object.assign(process.stdout, { isTTY: true, columns: 60 });
  const text = formatTable(["name", "about"], [["short", "word ".repeat(60)]]).replace(colour, "");
  expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThanOrEqual(60);
  expect(text.split("short")[1]?.replace(/[^a-z]/g, "")).toBe("word".repeat(60));
});

test("for a file it is as wide as its cells, without colour", () => {
  Object.assign(process.stdout, { isTTY: false });
  const text = formatTable(["name"], [["x".repeat(200)]]);
  expect(text).toContain("x".repeat(200));
  expect(text).not.toMatch(colour);
});
