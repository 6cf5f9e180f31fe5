import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { suggest } from "../../../src/urgency/similarity.js";

interface Reply {
  id: number;
  title: string;
  text: string;
}
const replies = JSON.parse(
  readFileSync(new URL("../../../data/canned-replies.json", import.meta.url), "utf8"),
) as Reply[];
const best = (text: string) => {
  const [first] = suggest(text, replies);
  return replies.find((reply) => reply.id === first?.id)?.title;
};

describe("suggest", () => {
  it.each([
    ["my phone was stolen", "Stolen or lost phone or card"],
    ["I forgot my PIN", "Reset PIN or password"],
    ["sent cash to the wrong number pls", "Money sent to the wrong number or person"],
    ["can i get the batch number", "Batch number and clearance certificate"],
    ["why was i rejected", "Why an application was rejected"],
    ["what are your opening hours", "Opening hours and branches"],
    ["I want my refund", "Refund is on its way"],
  ])("%s: %s", (text, title) => {
    expect(best(text)).toBe(title);
  });

  it("gives three, best first, with scores of 0 to 1", () => {
    const found = suggest("I was charged twice and want a refund", replies);
    expect(found).toHaveLength(3);
    expect(found.map((reply) => reply.score)).toEqual([...found.map((reply) => reply.score)].sort((a, b) => b - a));
    expect(found[0]?.score).toBeGreaterThan(0);
    expect(found[0]?.score).toBeLessThanOrEqual(1);
  });

  it("compares whole words, and reads placeholders as nothing", () => {
    const candidates = [
      { id: 1, title: "a", text: "discard" },
      { id: 2, title: "b", text: "{{customer.name}} hello" },
    ];
    expect(suggest("card", candidates).map((reply) => reply.score)).toEqual([0, 0]);
    expect(suggest("customer name", candidates).map((reply) => reply.score)).toEqual([0, 0]);
  });

  it("the same text is 1, equal ones come by id", () => {
    const same = { title: "refund late", text: "" };
    expect(
      suggest("refund late", [
        { id: 9, ...same },
        { id: 4, ...same },
      ]),
    ).toEqual([
      { id: 4, score: 1 },
      { id: 9, score: 1 },
    ]);
  });

  it("takes any text and any number of candidates", () => {
    expect(suggest("x", [])).toEqual([]);
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (text, reply) => {
        const [first] = suggest(text, [{ id: 1, title: "", text: reply }]);
        expect(first?.score).toBeGreaterThanOrEqual(0);
        expect(first?.score).toBeLessThanOrEqual(1);
      }),
    );
  });
});
