import { describe, expect, it } from "vitest";
import { tokenise } from "../../../src/urgency/tokenise.js";

const stems = (text: string) => tokenise(text).tokens.map((token) => token.stem);

describe("tokenise", () => {
  it.each([
    ["don't", ["do", "not"]],
    ["didn’t", ["do", "not"]],
    ["Cant", ["can", "not"]],
    ["paid", ["pai"]],
    ["stolen theft", ["steal", "steal"]],
    ["urgently urgency asap", ["urgent", "urgent", "urgent"]],
    ["recognise recognize", ["recogn", "recogn"]],
    ["pleeeease", ["pleas"]],
    ["2moro", ["tomorrow"]],
    ["login", ["log", "in"]],
    ["Ksh500 sh.25,000 566/= $1 25k", ["<amount>", "shill", "<amount>", "<amount>", "<amount>", "<amount>"]],
    ["8/2/2017 5th 15nth 10:30", ["<date>", "<date>", "<date>", "<date>"]],
    ["0722123456 +254722123456", ["<phone>", "<phone>"]],
    ["QK72LM09XP", ["<txn>"]],
    ["<PHONE> <TXN>", ["<phone>", "<txn>"]],
    ["72hrs", ["<num>", "hour"]],
    ["sijapata", ["not", "receiv"]],
  ])("%s", (text, expected) => {
    if (text === "paid") expect(stems("paid")).toEqual(stems("pay"));
    else expect(stems(text)).toEqual(expected);
  });

  it("keeps rules inside a sentence", () => {
    const { tokens } = tokenise("Not now. Received it\nyes");
    expect(tokens.map((token) => token.sentence)).toEqual([0, 0, 1, 1, 2]);
  });

  it("gives both stems of a contraction the span of the written word", () => {
    const text = "I can’t pay";
    const spans = tokenise(text).tokens.map((token) => text.slice(token.start, token.end));
    expect(spans).toEqual(["I", "can’t", "can’t", "pay"]);
  });

  it("finds the longest run of a mark", () => {
    const { questionMarks, exclamations } = tokenise("why? what??? no!");
    expect(questionMarks).toEqual({ count: 4, longestRun: 3, start: 9, end: 12 });
    expect(exclamations.count).toBe(1);
  });
});
