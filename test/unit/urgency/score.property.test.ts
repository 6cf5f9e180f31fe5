import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { levelOf } from "../../../src/urgency/level.js";
import { shippedLexicon } from "../../../src/urgency/lexicon.js";
import { scoreText } from "../../../src/urgency/score.js";
import { tokenise } from "../../../src/urgency/tokenise.js";

const word = fc.constantFrom(
  ..."I my not never don't the loan money card phone stolen wrong number please reverse tomorrow urgent received CRB batch 72hrs Ksh500 ? !! . 👍 😡 thanks <PHONE> QK72LM09XP 12/3/2026 2moro sijapata".split(
    " ",
  ),
);
const message = fc.oneof(
  fc.string({ unit: "binary", maxLength: 400 }),
  fc.string({ unit: "grapheme", maxLength: 200 }),
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 200 }).map((units) => String.fromCharCode(...units)),
  fc.array(word, { maxLength: 60 }).map((words) => words.join(" ")),
);

function check(text: string): void {
  const first = scoreText(text);
  expect(Number.isInteger(first.score)).toBe(true);
  expect(first.score).toBeGreaterThanOrEqual(0);
  expect(first.score).toBeLessThanOrEqual(100);
  expect(first.level).toBe(levelOf(first.score));
  expect(first.terms.reduceRight((sum, term) => sum + term.weight, 0)).toBe(first.raw);
  for (const { start, end, term } of first.terms) {
    expect(start).toBeGreaterThanOrEqual(0);
    expect(end).toBeGreaterThan(start);
    expect(end).toBeLessThanOrEqual(text.length);
    expect(text.startsWith(term, start)).toBe(true);
  }
  expect(scoreText(text)).toEqual(first);
}

describe("any text", () => {
  it("gets one score, whole, 0 to 100, whose parts add up and lie inside the text", () => {
    fc.assert(fc.property(message, check), { numRuns: 1500 });
  });

  it("gives tokens in order, with spans that do not overlap but for words of several stems", () => {
    fc.assert(
      fc.property(message, (text) => {
        let end = 0;
        let start = 0;
        for (const token of tokenise(text).tokens) {
          expect(token.start === start || token.start >= end).toBe(true);
          expect(token.end).toBeGreaterThan(token.start);
          start = token.start;
          end = token.end;
        }
      }),
      { numRuns: 500 },
    );
  });

  it("of a later position scores no less when the raw sum is no less", () => {
    fc.assert(
      fc.property(message, message, (a, b) => {
        const [x, y] = [scoreText(a), scoreText(b)];
        expect(x.raw <= y.raw ? x.score <= y.score : x.score >= y.score).toBe(true);
      }),
    );
  });

  it.each([
    ["empty", ""],
    ["blanks", " \t\r\n "],
    ["NUL", "my\u0000phone\u0000was stolen"],
    ["lone surrogates", "\ud83d my phone \udc00 was stolen \ud800"],
    ["right to left", "‮הטלפון שלי נגנב stolen phone my"],
    ["a tower of marks", `stolen${"\u0301".repeat(5000)} phone`],
    ["10,000 letters in one word", "a".repeat(10_000)],
    ["10,000 vowels and consonants", "ba".repeat(5000)],
    ["digits and separators", "1,".repeat(5000)],
    ["apostrophes", "a'".repeat(5000)],
    ["not not not", "not ".repeat(2500)],
    ["angle brackets", "<".repeat(10_000)],
    ["braces", "{{".repeat(5000)],
    ["question marks", "?".repeat(10_000)],
    ["emoji", "😡".repeat(5000)],
    ["object words", "constructor __proto__ toString hasOwnProperty valueOf"],
  ])("may be %s", (_, text) => {
    check(text);
  });

  it("may be a megabyte: each entry counts once, whatever is repeated", () => {
    const once = scoreText("I did not receive the money. ");
    const often = scoreText("I did not receive the money. ".repeat(36_000));
    expect(often.terms.filter((term) => term.stem === "not-receive-money")).toHaveLength(1);
    expect(often.terms.length).toBeLessThan(once.terms.length + 10);
    check("not i my the ".repeat(80_000));
  });
});

describe("the shipped lexicon", () => {
  it("keeps each weight on its prior's side of zero, and on the grid that makes sums exact", () => {
    for (const { id, prior, weight } of shippedLexicon().entries) {
      expect(prior * weight, id).toBeGreaterThanOrEqual(0);
      expect(Number.isInteger(weight * 64), id).toBe(true);
    }
  });

  it("holds no message: only rules, weights and hashes", () => {
    const { trained, entries } = shippedLexicon();
    expect(trained?.bodies.every((hash) => /^[0-9a-f]{12}$/.test(hash))).toBe(true);
    expect(entries.length).toBeGreaterThan(300);
  });
});
