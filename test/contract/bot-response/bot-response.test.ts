import { afterAll, beforeAll, expect, it } from "vitest";
import { type ApiUnderTest, people, startApi } from "../api-under-test.js";
import { openBotTalk, saidIn, seedTexts } from "./bot-talk.js";

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
  await seedTexts(api);
});
afterAll(() => api.drop());

const ask = (body: object, token = api.tokens.customer, headers: Record<string, string> = {}) =>
  api.call("POST", "/api/bot-response/", body, { token, headers });

const ticketsOf = async (conversationId: number) =>
  (await api.db.pool.query("SELECT status FROM tickets WHERE conversation_id = $1", [conversationId])).rows.length;

it("200: says the customer's words, then the bot's, from a canned reply with the customer's name", async () => {
  const id = await openBotTalk(api);
  const { status, body } = await ask({ conversation_id: id, text: "What are your opening hours?" });
  expect(status).toBe(200);
  expect(body.message).toMatchObject({ conversation_id: id, type: "bot", sender: null, seq: 2 });
  expect(body.message.text).toMatch(/^Hello Cleo, our branches are open/);
  expect(body.message.metadata).toMatchObject({ source: "echo", answers: 1 });
  expect(Object.keys(body)).toEqual(["message"]);
  expect(await saidIn(api, id)).toEqual(["text: What are your opening hours?", `bot: ${body.message.text}`]);
  expect(await ticketsOf(id)).toBe(0);
});

it("asked again without a new word, it gives the answer that is there; eight times at once too", async () => {
  const id = await openBotTalk(api);
  const first = await ask({ conversation_id: String(id), message: "Hi there" });
  const again = await ask({ conversation_id: id });
  expect([again.status, again.body]).toEqual([200, first.body]);
  const other = await openBotTalk(api);
  await ask({ conversation_id: other, text: "Hello" });
  const answers = await Promise.all(Array.from({ length: 8 }, () => ask({ conversation_id: other })));
  expect(new Set(answers.map(({ body }) => body.message.id)).size).toBe(1);
  expect(await saidIn(api, other)).toHaveLength(2);
});

it("what is sent again with its client_id is said once, and answered once", async () => {
  const id = await openBotTalk(api);
  const body = { conversation_id: id, text: "what are your opening hours?", client_id: "c1" };
  const answers = [await ask(body), await ask(body)];
  expect(answers.map(({ status }) => status)).toEqual([200, 200]);
  expect(await saidIn(api, id)).toHaveLength(2);
});

it.each([
  ["I would like to talk to a person, please.", "asked"],
  ["agent!", "asked"],
  ["xyzzy plugh", "low_confidence"],
  ["My card was stolen and somebody is taking my money right now, please block it immediately!", "urgent"],
])("hands over: %j, %s", async (text, reason) => {
  const id = await openBotTalk(api);
  const { status, body } = await ask({ conversation_id: id, text });
  expect([status, body.handed_over, body.message.type]).toEqual([200, reason, "system"]);
  expect(await ticketsOf(id)).toBe(1);
  expect((await saidIn(api, id))[0]).toBe(`text: ${text}`);
  expect((await ask({ conversation_id: id })).body).toEqual(body);
});

it("409 handed_over once a person has the word", async () => {
  const id = await openBotTalk(api);
  await ask({ conversation_id: id, text: "a human please" });
  const more = { conversation_id: id, text: "Are you there?" };
  expect((await api.call("POST", "/api/user-response/", more, { token: api.tokens.customer })).status).toBe(200);
  const { status, body } = await ask({ conversation_id: id });
  expect([status, body.status]).toEqual([409, "handed_over"]);
});

it("the flow of seed 001: user-response opens, bot-response answers; what is urgent is handed over at once", async () => {
  const say = async (text: string) =>
    (await api.call("POST", "/api/user-response/", { text }, { token: api.tokens.customer })).body.conversation_id;
  const calm = await say("What are your opening hours?");
  expect((await ask({ conversation_id: calm })).body.message.type).toBe("bot");
  expect(await ticketsOf(calm)).toBe(0);
  const person = await say("Can I talk to a real person?");
  expect(await ticketsOf(person)).toBe(1);
  expect((await ask({ conversation_id: person })).body).toMatchObject({ handed_over: "asked" });
  expect(await ticketsOf(person)).toBe(1);
});

it("409 handed_over says nothing in the customer's name", async () => {
  const id = await openBotTalk(api);
  await ask({ conversation_id: id, text: "a human please" });
  const before = await saidIn(api, id);
  expect((await ask({ conversation_id: id, text: "and now?" })).body.status).toBe("handed_over");
  expect(await saidIn(api, id)).toEqual(before);
});

it("without a bot every question goes to a person", async () => {
  const other = await startApi({}, { bot: null });
  const id = await openBotTalk(other);
  const body = { conversation_id: id, text: "Hi" };
  const answer = await other.call("POST", "/api/bot-response/", body, { token: other.tokens.customer });
  expect([answer.status, answer.body.handed_over]).toEqual([200, "no_answer"]);
  await other.drop();
});

it("404 conversation_not_found: a stranger's, and none, without a word said", async () => {
  const id = await openBotTalk(api);
  for (const [conversation_id, token] of [
    [id, api.tokens.customer2],
    [id, api.tokens.agent],
    [987_654, api.tokens.customer],
  ] as const) {
    const { status, body } = await ask({ conversation_id, text: "Hi" }, token);
    expect([status, body.status]).toEqual([404, "conversation_not_found"]);
  }
  expect(await saidIn(api, id)).toEqual([]);
});

it("403: an admin reads all and asks in nobody's name; 401 without a token", async () => {
  const id = await openBotTalk(api);
  expect((await ask({ conversation_id: id, text: "Hi" }, api.tokens.admin)).status).toBe(403);
  expect((await api.call("POST", "/api/bot-response/", { conversation_id: id })).status).toBe(401);
});

it("400 invalid_body: nothing asked yet, and what is no question", async () => {
  const id = await openBotTalk(api);
  for (const body of [
    { conversation_id: id },
    { conversation_id: id, text: " " },
    { conversation_id: id, text: "x".repeat(10_001) },
    { conversation_id: "x", text: "Hi" },
    { text: "Hi" },
  ]) {
    const { status, body: answer } = await ask(body);
    expect([status, answer.status]).toEqual([400, "invalid_body"]);
  }
  expect((await ask([] as unknown as object)).body.status).toBe("invalid_json");
});

it("several messages in a row are one question", async () => {
  const id = await openBotTalk(api);
  await ask({ conversation_id: id, text: "Hello" });
  const { rows } = await api.db.pool.query(
    `INSERT INTO messages (conversation_id, seq, sender_id, kind, text)
     VALUES ($1, 3, $2, 'text', 'what are your'), ($1, 4, $2, 'text', 'opening hours?') RETURNING id`,
    [id, people.customer],
  );
  expect(rows).toHaveLength(2);
  await api.db.pool.query("UPDATE conversations SET last_seq = 4 WHERE id = $1", [id]);
  const { body } = await ask({ conversation_id: id });
  expect(body.message).toMatchObject({ seq: 5, type: "bot", metadata: { answers: 4 } });
});
