import { describe, expect, it } from "vitest";
import { evaluate, worstErrors } from "../../../src/urgency/evaluate.js";
import { formatLexicon } from "../../../src/urgency/format-lexicon.js";
import { bodyHash, type Labelled } from "../../../src/urgency/labelled.js";
import type { Lexicon } from "../../../src/urgency/lexicon.js";
import { parseLexicon } from "../../../src/urgency/parse-lexicon.js";
import { scoreText } from "../../../src/urgency/score.js";
import { train } from "../../../src/urgency/train.js";

const small = (): Lexicon =>
  parseLexicon(
    JSON.stringify({
      version: 7,
      model: "untrained",
      sets: { device: "phone|card" },
      entries: [
        { id: "stolen", match: "@device ~3 stolen", topic: "fraud_dispute", prior: 1 },
        { id: "thanks", match: "thanks", topic: "other", prior: -1 },
        { id: "why", match: "why", topic: "other", prior: 0.5 },
        { id: "where", match: "where", topic: "information", prior: 0 },
      ],
      quantiles: [
        [-2, 0],
        [4, 100],
      ],
      trained: null,
    }),
  );

const places = [
  "bus",
  "market",
  "office",
  "church",
  "school",
  "stage",
  "house",
  "shop",
  "hotel",
  "street",
  "farm",
  "mall",
];
const labelled: Labelled[] = places.flatMap((place) => [
  { body: `my phone was stolen at the ${place}`, urgency: 3 },
  { body: `thanks from the ${place}`, urgency: 0 },
  { body: `why is the ${place} closed`, urgency: 1 },
  { body: `the ${place} wrote`, urgency: 1 },
]);

describe("train", () => {
  it("gives the same file, byte for byte, for the same messages in any order", () => {
    const first = formatLexicon(train(small(), labelled));
    expect(formatLexicon(train(small(), labelled))).toBe(first);
    expect(formatLexicon(train(small(), [...labelled].reverse()))).toBe(first);
  });

  it("starts from the priors: training again changes nothing", () => {
    const once = train(small(), labelled);
    const again = train(parseLexicon(formatLexicon(once)), labelled);
    expect(formatLexicon(again)).toBe(formatLexicon(once));
  });

  it("moves weights towards the labels and never over zero", () => {
    const learned = train(small(), labelled);
    const weight = (id: string) => learned.entries.find((entry) => entry.id === id)?.weight ?? Number.NaN;
    expect(weight("stolen")).toBeGreaterThan(1);
    expect(weight("why")).toBeGreaterThan(0);
    expect(weight("where")).toBe(0);
    const against = train(
      small(),
      labelled.map((message) => ({ ...message, urgency: 3 - message.urgency })),
    );
    for (const { prior, weight: learnt } of against.entries) expect(prior * learnt).toBeGreaterThanOrEqual(0);
  });

  it("places the levels where the labels are", () => {
    const learned = train(small(), labelled);
    expect(scoreText("my card was stolen", learned).level).toBe("critical");
    expect(scoreText("thanks", learned).level).toBe("low");
  });

  it("names another model when a weight differs", () => {
    const other = train(small(), labelled.slice(0, 30));
    expect(other.model).not.toBe(train(small(), labelled).model);
  });

  it("refuses a handful of messages", () => {
    expect(() => train(small(), labelled.slice(0, 5))).toThrow(/at least 20/);
  });
});

describe("evaluate", () => {
  it("scores what was trained on out of fold, and the rest by the lexicon itself", () => {
    const learned = train(small(), labelled);
    const unseen = { body: "my card was stolen on the train", urgency: 3 };
    const evaluation = evaluate(learned, [...labelled, unseen]);
    expect(evaluation.outOfFold).toBe(labelled.length);
    expect(evaluation.messages.at(-1)?.outOfFold).toBe(false);
    expect(evaluation.messages.at(-1)?.result).toEqual(scoreText(unseen.body, learned));
    expect(evaluation.pairwise).toBeGreaterThan(0.9);
  });

  it("does not let a message teach the lexicon that scores it", () => {
    const odd = { body: "why odd stolen phone card zebra", urgency: 0 };
    const learned = train(small(), [...labelled, odd]);
    const own = evaluate(learned, [...labelled, odd]).messages.at(-1)?.result;
    const others = labelled.filter((message) => bodyHash(message.body) !== bodyHash(odd.body));
    expect(own?.model).not.toBe(learned.model);
    expect(others).toHaveLength(labelled.length);
  });

  it("lists the worst errors first", () => {
    const wrong = { body: "thanks a lot", urgency: 3 };
    const evaluation = evaluate(train(small(), labelled), [...labelled, wrong]);
    expect(worstErrors(evaluation, 1)[0]?.message).toBe(wrong);
  });
});

describe("parseLexicon", () => {
  const broken = (change: Record<string, unknown>) =>
    JSON.stringify({ ...small(), entries: [{ id: "x", match: "card", topic: "other", prior: 1, ...change }] });

  it.each([
    [{ match: "@nothing" }, /x: unknown set @nothing/],
    [{ match: "don't" }, /x: "don't" is not one word/],
    [{ match: "a ~99 b" }, /x: a gap is at most 12/],
    [{ topic: "weather" }, /x\.topic: is none of/],
    [{ prior: "high" }, /x\.prior: is not a number/],
  ])("names the entry and the reason: %j", (change, reason) => {
    expect(() => parseLexicon(broken(change))).toThrow(reason);
  });
});
