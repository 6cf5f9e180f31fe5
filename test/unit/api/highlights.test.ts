import { describe, expect, it } from "vitest";
import { markName, presentHighlights, unmark } from "../../../src/api/presenters/highlights.js";

describe("unmark", () => {
  it("gives the text without marks and where they were", () => {
    expect(unmark("my \uE000loan\uE001 and the \uE000loans\uE001")).toEqual({
      text: "my loan and the loans",
      marks: [
        [3, 7],
        [16, 21],
      ],
    });
  });

  it("counts UTF-16 code units and brings tags back", () => {
    const { text, marks } = unmark("😀 \uE002b\uE003\uE000x\uE001");
    expect(text).toBe("😀 <b>x");
    expect(marks.map(([from, to]) => text.slice(from, to))).toEqual(["x"]);
  });

  it("is the text itself where nothing was found", () => {
    expect(unmark("nothing")).toEqual({ text: "nothing", marks: [] });
  });
});

describe("markName", () => {
  it("finds a part whatever the case, and takes no sign for a pattern", () => {
    expect(markName("Zoë Ängström", "äNG")).toEqual({ text: "Zoë Ängström", marks: [[4, 7]] });
    expect(markName("a.b", ".")).toEqual({ text: "a.b", marks: [[1, 2]] });
    expect(markName("abc", ".")).toBeNull();
    for (const search of ["(", "[", "\\", "a-b", "{1}", "/", "^", "  "]) expect(markName("name", search)).toBeNull();
  });
});

it("a customer's words are body, everybody else's reply", () => {
  const found = presentHighlights(
    { name: "Cleo", userId: "U001" },
    [
      { ticketId: 1, bySender: "customer", marked: "\uE000u001\uE001" },
      { ticketId: 1, bySender: "staff", marked: "\uE000u001\uE001" },
    ],
    "u001",
  );
  expect(found.map(({ field, text }) => [field, text])).toEqual([
    ["customer", "U001"],
    ["body", "u001"],
    ["reply", "u001"],
  ]);
});
