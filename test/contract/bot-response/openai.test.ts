import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { createBot } from "../../../src/bot/create-bot.js";
import { settingsSchema } from "../../../src/runtime/settings.js";
import { OpenAiServer } from "../../support/openai-server.js";
import { until } from "../../support/until.js";
import { type ApiUnderTest, startApi } from "../api-under-test.js";
import { openBotTalk, saidIn, seedTexts } from "./bot-talk.js";

// The whole way: route, command, provider, a server that speaks the protocol.

const server = new OpenAiServer();
let api: ApiUnderTest;
const caps = { BOT_CONVERSATION_TOKENS_MAX: 10_000, BOT_DAY_TOKENS_MAX: 1_000_000 };

function modelOf() {
  const settings = settingsSchema.parse({
    BOT_PROVIDER: "openai",
    BOT_BASE_URL: server.baseUrl,
    BOT_API_KEY: "sk-secret-of-a-test",
    BOT_MODEL: "m",
    BOT_DEADLINE_MS: "500",
    BOT_RETRIES: "0",
    OUTBOUND_ALLOW: "127.0.0.1",
  });
  return createBot(settings, { warn: () => undefined });
}

beforeAll(async () => {
  await server.start();
  api = await startApi(caps, { bot: await modelOf() });
  await seedTexts(api);
});
afterAll(async () => {
  await api.drop();
  await server.stop();
});
beforeEach(() => {
  server.calls.length = 0;
});

const question = "What are your opening hours?";
const ask = (id: number, text = question, headers: Record<string, string> = {}) =>
  api.call("POST", "/api/bot-response/", { conversation_id: id, text }, { token: api.tokens.customer, headers });
const stream = { accept: "text/event-stream" };

/** The events of a stream, in order. */
function eventsOf(body: string): [string, Record<string, never>][] {
  return body
    .split("\n\n")
    .filter((event) => event !== "")
    .map((event) => {
      const [name, data] = event.split("\n");
      return [String(name).replace("event: ", ""), JSON.parse(String(data).replace("data: ", ""))];
    });
}

const spentBy = async (id: number) =>
  (await api.db.pool.query("SELECT tokens FROM bot_usage WHERE conversation_id = $1", [id])).rows[0]?.tokens;

it("answers with the model's words, and keeps account of them", async () => {
  server.behaviours = [{ kind: "answer", pieces: ["From 8 ", "to 17."], tokens: 123 }];
  const id = await openBotTalk(api);
  const { status, body } = await ask(id);
  expect([status, body.message.text, body.message.metadata.source]).toEqual([200, "From 8 to 17.", "openai"]);
  expect(body.degraded).toBeUndefined();
  expect(await spentBy(id)).toBe(123);
});

it("what was said before is its context", async () => {
  server.behaviours = [{ kind: "answer", pieces: ["Yes."], tokens: 10 }];
  const id = await openBotTalk(api);
  await ask(id, "Hello");
  await ask(id, "Are you open?");
  const messages = server.calls.at(-1)?.body.messages.slice(1);
  expect(messages).toEqual([
    { role: "user", content: "Hello" },
    { role: "assistant", content: "Yes." },
    { role: "user", content: "Are you open?" },
  ]);
});

it.each([
  ["500", { kind: "status", status: 500 }],
  ["429", { kind: "status", status: 429 }],
  ["slow", { kind: "slow", pieces: [] }],
  ["garbage", { kind: "garbage", body: "data: {\n\n" }],
] as const)("a provider's failure (%s): the echo bot answers, degraded", async (_what, behaviour) => {
  server.behaviours = [behaviour];
  const id = await openBotTalk(api);
  const { status, body } = await ask(id);
  expect([status, body.degraded, body.message.metadata.degraded]).toEqual([200, true, true]);
  expect(body.message.text).toContain("our branches are open");
});

it("who asks for a person, or has something urgent, is not sent to the model", async () => {
  const id = await openBotTalk(api);
  expect((await ask(id, "a real person please")).body.handed_over).toBe("asked");
  expect(server.calls).toEqual([]);
});

it("what the model does not know goes to a person, and its words to nobody", async () => {
  server.behaviours = [{ kind: "answer", pieces: ["[person] I cannot tell."], tokens: 10 }];
  const id = await openBotTalk(api);
  const { body } = await ask(id, question, stream);
  const events = eventsOf(body);
  expect(events.map(([name]) => name)).toEqual(["message"]);
  expect(events[0]?.[1]).toMatchObject({ handed_over: "low_confidence" });
  expect((await saidIn(api, id)).join()).not.toContain("I cannot tell");
});

it("streams it piece by piece, and the message at the end", async () => {
  server.behaviours = [{ kind: "answer", pieces: ["From 8 ", "to 17."], tokens: 10 }];
  const id = await openBotTalk(api);
  const answer = await ask(id, question, stream);
  expect(answer.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
  expect(answer.headers.get("x-request-id")).toBeTruthy();
  const events = eventsOf(answer.body);
  expect(events.slice(0, 2)).toEqual([
    ["piece", { text: "From 8 " }],
    ["piece", { text: "to 17." }],
  ]);
  expect(events[2]).toMatchObject(["message", { message: { text: "From 8 to 17.", type: "bot" } }]);
});

it("what came of an answer that broke off is taken back", async () => {
  server.behaviours = [{ kind: "cut", pieces: ["From 8 "] }];
  const id = await openBotTalk(api);
  const events = eventsOf((await ask(id, question, stream)).body);
  expect(events.map(([name]) => name)).toEqual(["piece", "reset", "message"]);
  expect(events[2]?.[1]).toMatchObject({ degraded: true });
});

it("what is refused is refused as ever, also where a stream was asked for", async () => {
  const { status, body, headers } = await ask(987_654, question, stream);
  expect([status, body.status]).toEqual([404, "conversation_not_found"]);
  expect(headers.get("content-type")).toBe("application/json");
});

it("who goes away in the middle of the stream has the answer when it comes back", async () => {
  server.behaviours = [{ kind: "answer", pieces: ["From 8 ", "to 17."], tokens: 10 }];
  const id = await openBotTalk(api);
  const answer = await api.app.request("http://127.0.0.1:8000/api/bot-response/", {
    method: "POST",
    headers: { host: "127.0.0.1:8000", authorization: `Bearer ${api.tokens.customer}`, ...stream },
    body: JSON.stringify({ conversation_id: id, text: question }),
  });
  await answer.body?.cancel();
  const said = await until(async () => {
    const all = await saidIn(api, id);
    return all.length === 2 && all;
  }, "the answer to be stored");
  expect(said[1]).toBe("bot: From 8 to 17.");
});

it("past the cap of a conversation, or of a day, the model is not asked", async () => {
  server.behaviours = [{ kind: "answer", pieces: ["Yes."], tokens: 9_900 }];
  const id = await openBotTalk(api);
  expect((await ask(id)).body.degraded).toBeUndefined();
  expect((await ask(id)).body.degraded).toBe(true);
  expect(server.calls).toHaveLength(1);
  const other = await openBotTalk(api);
  await api.db.pool.query("UPDATE bot_days SET tokens = 1000000");
  expect((await ask(other)).body.degraded).toBe(true);
  expect(server.calls).toHaveLength(1);
  await api.db.pool.query("UPDATE bot_days SET tokens = 0, day = day - 1");
  server.behaviours = [{ kind: "answer", pieces: ["Yes."], tokens: 10 }];
  expect((await ask(other)).body.degraded).toBeUndefined();
});

it("answers at the same moment do not spend the same tokens", async () => {
  server.behaviours = [{ kind: "answer", pieces: ["Yes."], tokens: 100 }];
  const id = await openBotTalk(api);
  await ask(id, "Hello");
  await api.db.pool.query("UPDATE bot_usage SET tokens = 10000 - 3000 WHERE conversation_id = $1", [id]);
  await api.db.pool.query(
    "INSERT INTO messages (conversation_id, seq, sender_id, kind, text) VALUES ($1, 3, 20, 'text', $2)",
    [id, question],
  );
  await api.db.pool.query("UPDATE conversations SET last_seq = 3 WHERE id = $1", [id]);
  server.calls.length = 0;
  const again = () => api.call("POST", "/api/bot-response/", { conversation_id: id }, { token: api.tokens.customer });
  await Promise.all(Array.from({ length: 6 }, again));
  expect(server.calls.length).toBeLessThan(6);
  expect(await spentBy(id)).toBeLessThanOrEqual(10_000);
});

it("no log line holds the key or a word of the talk", () => {
  const log = api.logLines.join("\n");
  for (const secret of ["sk-secret", "opening hours", "From 8"]) expect(log).not.toContain(secret);
});
