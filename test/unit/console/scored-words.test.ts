import { expect, test } from "vitest";
import { scoredWords } from "../../../src/console/desk/scored-words.js";
import type { ChatMessage } from "../../../src/contract/events.js";

const said = (id: number, text: string, role = "customer") =>
  ({ id, text, sender: { id: 1, name: "A", role } }) as unknown as ChatMessage;
const term = (text: string, start: number) => ({ term: text, stem: text, weight: 1, start, end: start + text.length });
const asked = said(1, "How and when can I repay my loan?");
const thanked = said(3, "That was quick, thank you!");

test("marks belong to the message that their words stand in, not to the first", () => {
  const terms = [term("quick", 9), term("thank", 16)];
  const answered = said(2, "It was quick, thank you", "agent");
  expect([...scoredWords([asked, answered, thanked], terms)]).toEqual([[3, terms]]);
  expect([...scoredWords([asked, thanked], [term("repay", 19)]).keys()]).toEqual([1]);
});

test("of a burst that was read as one, each word stands in its own message", () => {
  const paid = said(2, "I paid twice this week.");
  const terms = [term("repay", 19), term("paid twice", 36), term("?", 32)];
  expect([...scoredWords([said(9, "Hello"), asked, paid], terms)]).toEqual([
    [1, [term("repay", 19), term("?", 32)]],
    [2, [term("paid twice", 2)]],
  ]);
});

test("of equals the newest; what stands nowhere is marked nowhere", () => {
  expect([...scoredWords([said(4, "stolen"), said(5, "stolen")], [term("stolen", 0)]).keys()]).toEqual([5]);
  expect([...scoredWords([asked], [term("repay", 19), term("stolen", 0)]).values()]).toEqual([[term("repay", 19)]]);
  expect(scoredWords([asked], [term("stolen", 0), term("", 3)]).size).toBe(0);
  expect(scoredWords([], []).size).toBe(0);
});
