import { describe, expect, it } from "vitest";
import { excerptOf } from "../../../src/api/presenters/excerpt.js";
import { markName, placeMarks, presentHighlights } from "../../../src/api/presenters/highlights.js";

const markedIn = ({ text, marks }: { text: string; marks: [number, number][] }) =>
  marks.map(([from, to]) => text.slice(from, to));

describe("placeMarks", () => {
  it("gives the text as it was said and where the finds are, in UTF-16 code units", () => {
    expect(placeMarks("my <loan>", "my  \uE000loan\uE001 ")).toEqual({ text: "my <loan>", marks: [[4, 8]] });
    const found = placeMarks("😀 <b>Café", "   b \uE000Cafe\uE001");
    expect(found.text).toBe("😀 <b>Café");
    expect(markedIn(found)).toEqual(["Café"]);
  });

  it("counts a letter with its accents as one, however they are written", () => {
    expect(markedIn(placeMarks("e\u0301 cafe\u0301 x", "e \uE000cafe\uE001 x"))).toEqual(["caf\u00e9"]);
    expect(markedIn(placeMarks("q\u0301q x", "\uE000qq\uE001 x"))).toEqual(["q\u0301q"]);
  });

  it("marks nothing rather than something wrong", () => {
    expect(placeMarks("abc", "ab\uE000cd\uE001")).toEqual({ text: "abc", marks: [] });
    expect(placeMarks("nothing", "nothing")).toEqual({ text: "nothing", marks: [] });
  });
});

describe("excerptOf", () => {
  const filler = "word ".repeat(200);

  it("leaves a short text whole", () => {
    expect(excerptOf({ text: "a find", marks: [[2, 6]] })).toEqual({ text: "a find", marks: [[2, 6]] });
  });

  it("shows two places of a long one, cut between words, the marks moved with them", () => {
    const text = `${filler}find ${filler}find ${filler}find`;
    const marks = [...text.matchAll(/find/g)].map(({ index }): [number, number] => [index, index + 4]);
    const excerpt = excerptOf({ text, marks });
    expect(markedIn(excerpt)).toEqual(["find", "find"]);
    expect(excerpt.text).toMatch(/^(word )+find( word)+ … (word )+find( word)+$/);
  });

  it("parts no pair of surrogates, and shows the beginning where nothing is marked", () => {
    const text = `x${"😀".repeat(1000)}`;
    const { text: cut } = excerptOf({ text, marks: [[501, 503]] });
    expect(Buffer.from(cut).toString()).toBe(cut);
    expect(excerptOf({ text, marks: [] }).text).toMatch(/^x(😀)+$/u);
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
      { ticketId: 1, bySender: "customer", text: "u001", searched: "\uE000u001\uE001" },
      { ticketId: 1, bySender: "staff", text: "u001", searched: "\uE000u001\uE001" },
    ],
    "u001",
  );
  expect(found.map(({ field, text }) => [field, text])).toEqual([
    ["customer", "U001"],
    ["body", "u001"],
    ["reply", "u001"],
  ]);
});
