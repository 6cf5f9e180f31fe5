import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createEchoBot } from "../../../src/bot/echo-bot.js";
import type { BotKnowledge } from "../../../src/domain/bot.js";
import { packageRoot } from "../../../src/runtime/package-root.js";

const read = (name: string) => JSON.parse(readFileSync(join(packageRoot, "data", name), "utf8"));
const replies: BotKnowledge[] = read("canned-replies.json");
const prompts: BotKnowledge[] = read("prompts.json").map((prompt: object, id: number) => ({ ...prompt, id }));
const bot = createEchoBot();
const ask = (text: string) => bot.answer({ text, context: [], prompts, replies, tokensMax: 0 });

test.each([
  ["How do I log in? I forgot my PIN", "Reset PIN or password"],
  ["Why was my application rejected, and when can I apply again?", "Why an application was rejected"],
  ["what are your opening hours?", "Opening hours and branches"],
  ["my card was charged twice", "Charged twice, or an unknown charge"],
  ["I never received my loan money", "Money not received"],
])("%j is answered by %j, surely enough", async (text, title) => {
  const answer = await ask(text);
  expect(answer.text).toBe(replies.find((reply) => reply.title === title)?.text);
  expect(answer.confidence).toBeGreaterThan(0.25);
  expect(answer).toMatchObject({ source: "echo", tokens: 0 });
  expect(answer.degraded).toBeUndefined();
});

test.each(["xyzzy", "the weather is nice", "what is the meaning of life", "can you help me with my dog", "???"])(
  "%j is not known",
  async (text) => expect((await ask(text)).confidence).toBeLessThan(0.25),
);

test("whole words decide: a word in another one is not that word", async () => {
  const [known] = await Promise.all([
    bot.answer({
      text: "art",
      context: [],
      prompts: [],
      replies: [{ id: 1, title: "Start", text: "Party departments" }],
      tokensMax: 0,
    }),
  ]);
  expect(known.confidence).toBe(0);
});

test("a greeting is greeted, with a question it is answered", async () => {
  expect(await ask("Hi there!")).toMatchObject({ confidence: 1 });
  expect((await ask("Hello, what are your opening hours?")).text).toContain("branches");
});

test("without anything to say it says back what it heard, cut short, and that it does not know", async () => {
  const answer = await bot.answer({ text: "x".repeat(5000), context: [], prompts: [], replies: [], tokensMax: 0 });
  expect(answer).toEqual({
    text: `You wrote: “${"x".repeat(200)}”. I do not know the answer to that.`,
    confidence: 0,
    source: "echo",
    tokens: 0,
  });
});
