import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { createBot } from "../../../src/bot/create-bot.js";
import type { BotQuestion } from "../../../src/domain/bot.js";
import { settingsSchema } from "../../../src/runtime/settings.js";
import { type ModelBehaviour, OpenAiServer } from "../../support/openai-server.js";

const server = new OpenAiServer();
const warned: unknown[] = [];
beforeAll(() => server.start());
afterAll(() => server.stop());
beforeEach(() => {
  server.calls.length = 0;
  warned.length = 0;
});
afterEach(() => vi.restoreAllMocks());

async function botWith(settings: Record<string, string> = {}) {
  const given = settingsSchema.parse({
    BOT_PROVIDER: "openai",
    BOT_BASE_URL: server.baseUrl,
    BOT_API_KEY: "sk-secret-of-a-test",
    BOT_MODEL: "model-of-a-test",
    BOT_DEADLINE_MS: "5000",
    BOT_RETRIES: "0",
    OUTBOUND_ALLOW: "127.0.0.1",
    ...settings,
  });
  const bot = await createBot(given, { warn: (...line: unknown[]) => void warned.push(line) });
  if (!bot) throw new Error("no bot");
  return bot;
}

const question: BotQuestion = {
  text: "What are your opening hours?",
  context: [
    { from: "customer", text: "Hello" },
    { from: "desk", text: "Hi!" },
  ],
  prompts: [],
  replies: [{ id: 12, title: "Opening hours and branches", text: "We are open from 8 to 17." }],
  tokensMax: 10_000,
};

async function ask(behaviours: ModelBehaviour[], settings: Record<string, string> = {}, asked = question) {
  server.behaviours = behaviours;
  const pieces: (string | null)[] = [];
  const answer = await (await botWith(settings)).answer(asked, (piece) => void pieces.push(piece));
  return { answer, pieces };
}

const degraded = { source: "echo", text: "We are open from 8 to 17.", degraded: true };

it("answers with the model's words, piece by piece, and what they cost", async () => {
  const { answer, pieces } = await ask([{ kind: "answer", pieces: ["From 8 ", "to 17."], tokens: 77 }]);
  expect(answer).toEqual({ text: "From 8 to 17.", confidence: 0.9, source: "openai", tokens: 77 });
  expect(pieces).toEqual(["From 8 ", "to 17."]);
});

it("sends the key, the model, the conversation as context and what the desk says", async () => {
  await ask([{ kind: "answer", pieces: ["ok"] }]);
  const [call] = server.calls;
  expect(call).toMatchObject({ authorization: "Bearer sk-secret-of-a-test", path: "/v1/chat/completions" });
  expect(call?.body).toMatchObject({ model: "model-of-a-test", stream: true, max_tokens: 400 });
  expect(call?.body.messages.map(({ role }) => role)).toEqual(["system", "user", "assistant", "user"]);
  expect(call?.body.messages[0]?.content).toContain("We are open from 8 to 17.");
  expect(call?.body.messages.at(-1)?.content).toBe(question.text);
});

it("a server that does not count is counted for", async () => {
  const { answer } = await ask([{ kind: "answer", pieces: ["x".repeat(300)] }]);
  expect(answer.tokens).toBeGreaterThan(200);
});

it("an answer that the model marks for a person is not sure, and no piece of it is given", async () => {
  const { answer, pieces } = await ask([{ kind: "answer", pieces: [" [per", "son] I ", "do not know."] }]);
  expect(answer).toMatchObject({ confidence: 0, text: "I do not know.", source: "openai" });
  expect(pieces).toEqual([]);
});

it.each<[string, ModelBehaviour, (string | null)[]]>([
  ["500", { kind: "status", status: 500 }, []],
  ["401", { kind: "status", status: 401 }, []],
  ["429", { kind: "status", status: 429 }, []],
  ["a redirect", { kind: "status", status: 302, headers: { location: "http://169.254.169.254/" } }, []],
  ["words that are no JSON", { kind: "garbage", body: "data: {hello\n\n" }, []],
  ["JSON that is no answer", { kind: "garbage", body: 'data: {"a":1}\n\ndata: [DONE]\n\n' }, []],
  ["a page", { kind: "garbage", body: "<html></html>", type: "text/html" }, []],
  ["nothing", { kind: "garbage", body: "" }, []],
  ["an empty answer", { kind: "answer", pieces: [] }, []],
  ["an answer without an end", { kind: "cut", pieces: ["From 8 "] }, ["From 8 ", null]],
  ["more than a mebibyte", { kind: "garbage", body: `: ${"x".repeat(2_000_000)}\n\n` }, []],
])("%s: the echo bot answers, degraded", async (_what, behaviour, expected) => {
  const log = vi.spyOn(console, "error");
  const { answer, pieces } = await ask([behaviour]);
  expect(answer).toMatchObject(degraded);
  expect(pieces).toEqual(expected);
  expect(warned).toHaveLength(1);
  expect(log).not.toHaveBeenCalled();
});

it("a model that is too slow has failed at the deadline, whatever it has said", async () => {
  const startedAt = performance.now();
  for (const pieces of [[], ["From "]]) {
    const { answer } = await ask([{ kind: "slow", pieces }], { BOT_DEADLINE_MS: "300" });
    expect(answer).toMatchObject(degraded);
  }
  expect(performance.now() - startedAt).toBeLessThan(4000);
});

it("what may pass is tried again as often as it may, and no more", async () => {
  const retries = { BOT_RETRIES: "1" };
  const soon = { "retry-after-ms": "10" };
  const fail = { kind: "status", status: 429, headers: soon } as const;
  const { answer } = await ask([fail, { kind: "answer", pieces: ["There."] }], retries);
  expect([answer.text, server.calls.length]).toEqual(["There.", 2]);
  server.calls.length = 0;
  expect((await ask([fail], retries)).answer).toMatchObject(degraded);
  expect(server.calls).toHaveLength(2);
});

it("a server that asks for a long wait does not hold the answer past the deadline", async () => {
  const startedAt = performance.now();
  const wait = { kind: "status", status: 429, headers: { "retry-after": "50" } } as const;
  expect((await ask([wait], { BOT_RETRIES: "3", BOT_DEADLINE_MS: "300" })).answer).toMatchObject(degraded);
  expect(performance.now() - startedAt).toBeLessThan(4000);
});

it("without tokens nobody is asked", async () => {
  expect((await ask([{ kind: "answer", pieces: ["x"] }], {}, { ...question, tokensMax: 0 })).answer).toMatchObject(
    degraded,
  );
  expect(server.calls).toEqual([]);
});

it("a private server that OUTBOUND_ALLOW does not name is not called", async () => {
  const { answer } = await ask([{ kind: "answer", pieces: ["x"] }], { OUTBOUND_ALLOW: "" });
  expect(answer).toMatchObject(degraded);
  expect(server.calls).toEqual([]);
});

it("neither the key nor what was said is in what is logged", async () => {
  await ask([{ kind: "status", status: 401 }]);
  const text = JSON.stringify(warned);
  expect(text).toContain("401");
  for (const secret of ["sk-secret", "opening hours", "From 8"]) expect(text).not.toContain(secret);
});

it("none: there is no bot; echo: it needs no server", async () => {
  const settings = settingsSchema.parse({ BOT_PROVIDER: "none" });
  expect(await createBot(settings, { warn: () => undefined })).toBeNull();
  const echo = await createBot(settingsSchema.parse({}), { warn: () => undefined });
  expect(await echo?.answer(question)).toMatchObject({ source: "echo", text: "We are open from 8 to 17." });
});
