import { expect, test } from "vitest";
import { scoredMessage } from "../../../src/console/desk/scored-message.js";
import type { ChatMessage } from "../../../src/contract/events.js";

const said = (id: number, text: string, role = "customer") =>
  ({ id, text, sender: { id: 1, name: "A", role } }) as unknown as ChatMessage;
const term = (text: string, start: number) => ({ term: text, stem: text, weight: 1, start, end: start + text.length });
const asked = said(1, "How and when can I repay my loan?");
const thanked = said(3, "That was quick, thank you!");

test("marks belong to the message that their words stand in, not to the first", () => {
  const terms = [term("quick", 9), term("thank", 16)];
  expect(scoredMessage([asked, said(2, "It was quick, thank you", "agent"), thanked], terms)).toEqual({ id: 3, terms });
  expect(scoredMessage([asked, thanked], [term("repay", 19)])?.id).toBe(1);
});

test("of equals the newest; what stands nowhere is marked nowhere", () => {
  expect(scoredMessage([said(4, "stolen"), said(5, "stolen")], [term("stolen", 0)])?.id).toBe(5);
  expect(scoredMessage([asked], [term("repay", 19), term("stolen", 0)])?.terms).toEqual([term("repay", 19)]);
  expect(scoredMessage([asked], [term("stolen", 0), term("", 3)])).toBeNull();
  expect(scoredMessage([], [])).toBeNull();
});
