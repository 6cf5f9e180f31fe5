import { describe, expect, it } from "vitest";
import { createMessageRequest, listMessagesQuery } from "../../../src/contract/http/message-requests.js";
import { boundedText, idInput } from "../../../src/contract/http/primitives.js";

describe("boundedText", () => {
  it("counts characters, not code units", () => {
    expect(boundedText(3).safeParse("😀😀😀").success).toBe(true);
    expect(boundedText(3).safeParse("😀😀😀😀").success).toBe(false);
  });

  it("keeps a text as it was sent", () => {
    expect(boundedText(10).parse("  a\n")).toBe("  a\n");
  });

  it.each(["", " ", "\u00a0\u2003\n"])("refuses %j", (text) => {
    expect(boundedText(10).safeParse(text).success).toBe(false);
  });
});

it("an id is an integer or digits", () => {
  for (const [given, id] of [
    [7, 7],
    ["7", 7],
    ["007", 7],
    [0, 0],
  ]) {
    expect(idInput.parse(given)).toBe(id);
  }
  for (const given of [
    -1,
    1.5,
    "1.5",
    "-1",
    "",
    " 7",
    "7 ",
    true,
    null,
    [],
    {},
    2 ** 53,
    "9007199254740993",
    Number.NaN,
  ]) {
    expect(idInput.safeParse(given).success, String(given)).toBe(false);
  }
});

it("a list's limit is 50 unless told, and its status is any of seed 000's words", () => {
  expect(listMessagesQuery.parse({})).toEqual({ limit: 50 });
  expect(listMessagesQuery.parse({ status: "In Progress", limit: "7" })).toEqual({ status: "in_progress", limit: 7 });
});

it("a message names no field that is not known", () => {
  expect(createMessageRequest.parse({ body: "x", urgency: "critical" })).toEqual({ body: "x" });
});
