import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type ApiUnderTest, type CallOptions, people, startApi } from "../api-under-test.js";

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.drop());

const keyed = (token: string, key: string): CallOptions => ({ token, headers: { "idempotency-key": key } });
const replayed = (answer: { headers: Headers }) => answer.headers.get("idempotent-replayed");
const count = async (table: "tickets" | "messages" | "outbox" | "canned_replies" | "assignments") => {
  const row = await api.db.kysely
    .selectFrom(table)
    .select((eb) => eb.fn.countAll<number>().as("n"))
    .executeTakeFirst();
  return Number(row?.n);
};

it("a customer's message that is sent again is one message with one answer", async () => {
  const options = keyed(api.tokens.customer, randomUUID());
  const before = await count("tickets");
  const first = await api.call("POST", "/api/messages/", { body: "Where is my loan?" }, options);
  const again = await api.call("POST", "/api/messages", { body: "Where is my loan?" }, options);
  expect([first.status, again.status]).toEqual([201, 201]);
  expect([replayed(first), replayed(again)]).toEqual([null, "true"]);
  expect(again.body).toEqual(first.body);
  expect(await count("tickets")).toBe(before + 1);
});

it("a reply that is sent again closes once and says it once", async () => {
  const id = await api.message();
  const token = api.tokens.agent;
  await api.call("POST", `/api/messages/${id}/claim/`, { agent_id: people.agent }, { token });
  const options = keyed(token, randomUUID());
  const body = { agent_id: people.agent, text: "It is on its way." };
  const first = await api.call("POST", `/api/messages/${id}/reply/`, body, options);
  const outbox = await count("outbox");
  const said = await count("messages");
  const again = await api.call("POST", `/api/messages/${id}/reply/`, body, options);
  expect([first.status, again.status, replayed(again)]).toEqual([200, 200, "true"]);
  expect(again.body).toEqual(first.body);
  expect([await count("outbox"), await count("messages")]).toEqual([outbox, said]);
});

it("the 4xx of an outcome is kept, also when it would not be one any more", async () => {
  const id = await api.message();
  await api.call("POST", `/api/messages/${id}/claim/`, { agent_id: people.agent }, { token: api.tokens.agent });
  const options = keyed(api.tokens.agent2, randomUUID());
  const claim = () => api.call("POST", `/api/messages/${id}/claim/`, { agent_id: people.agent2 }, options);
  const lost = await claim();
  expect([lost.status, lost.body.status, lost.body.by]).toEqual([409, "already_claimed", "Agent 1"]);
  await api.call("POST", `/api/messages/${id}/release/`, {}, { token: api.tokens.agent });
  const again = await claim();
  expect([again.status, replayed(again)]).toEqual([409, "true"]);
  expect(again.body).toEqual(lost.body);
});

it("what was not let in is not kept: a fault in the body, a foreign route, no token", async () => {
  const key = randomUUID();
  const blank = await api.call("POST", "/api/messages/", { body: " " }, keyed(api.tokens.customer, key));
  expect([blank.status, blank.body.status]).toEqual([400, "invalid_body"]);
  const good = await api.call("POST", "/api/messages/", { body: "Hello" }, keyed(api.tokens.customer, key));
  expect([good.status, replayed(good)]).toEqual([201, null]);
  const title = { title: "Hello", text: "Hello there" };
  const forbidden = await api.call("POST", "/api/canned/", title, keyed(api.tokens.customer, key));
  expect([forbidden.status, replayed(forbidden)]).toEqual([403, null]);
  const nobody = await api.call("POST", "/api/messages/", { body: "Hello" }, { headers: { "idempotency-key": key } });
  expect(nobody.status).toBe(401);
});

it("422 idempotency_key_reused for another body or query", async () => {
  const options = keyed(api.tokens.agent, randomUUID());
  const first = await api.call("POST", "/api/canned/", { title: "One", text: "The first." }, options);
  expect(first.status).toBe(201);
  for (const [path, body] of [
    ["/api/canned/", { title: "Two", text: "The second." }],
    ["/api/canned/?x=1", { title: "One", text: "The first." }],
  ] as const) {
    const other = await api.call("POST", path, body, options);
    expect([other.status, other.body.status, replayed(other)]).toEqual([422, "idempotency_key_reused", null]);
  }
  const message = keyed(api.tokens.customer, randomUUID());
  await api.call("POST", "/api/messages/", { body: "One" }, message);
  const reused = await api.call("POST", "/api/messages/", { body: "Two" }, message);
  expect([reused.status, reused.body.status]).toEqual([422, "idempotency_key_reused"]);
});

it("a key belongs to its caller, method and path", async () => {
  const key = randomUUID();
  const body = { title: "Mine", text: "Mine alone." };
  const made = await api.call("POST", "/api/canned/", body, keyed(api.tokens.agent, key));
  const others = await api.call("POST", "/api/canned/", body, keyed(api.tokens.agent2, key));
  expect([made.status, others.status, replayed(others)]).toEqual([201, 201, null]);
  expect(others.body.id).not.toBe(made.body.id);
  for (const method of ["PUT", "PATCH"]) {
    const changed = await api.call(method, `/api/canned/${made.body.id}/`, body, keyed(api.tokens.agent, key));
    expect([changed.status, replayed(changed)]).toEqual([200, null]);
  }
});

it("a keyed delete answers 204 again, where a bare one would answer 404", async () => {
  const token = api.tokens.agent;
  const { body } = await api.call("POST", "/api/canned/", { title: "Short", text: "Lived." }, { token });
  const options = keyed(token, randomUUID());
  for (const expected of [null, "true"]) {
    const gone = await api.call("DELETE", `/api/canned/${body.id}/`, undefined, options);
    expect([gone.status, gone.body, replayed(gone)]).toEqual([204, "", expected]);
  }
  expect((await api.call("DELETE", `/api/canned/${body.id}/`, undefined, { token })).status).toBe(404);
});

it("400 for what is no key", async () => {
  for (const key of ["x".repeat(256), "töken", " "]) {
    const answer = await api.call("POST", "/api/messages/", { body: "Hello" }, keyed(api.tokens.customer, key));
    expect([answer.status, answer.body.errors?.[0]?.path]).toEqual([400, "header.idempotency-key"]);
  }
});

it("reads and sign-in take no key", async () => {
  const key = randomUUID();
  for (let n = 0; n < 2; n++) {
    const list = await api.call("GET", "/api/canned/", undefined, keyed(api.tokens.agent, key));
    expect([list.status, replayed(list)]).toEqual([200, null]);
    const login = { email: "nobody@example.test", password: "wrong password" };
    const refused = await api.call("POST", "/api/auth/login/", login, { headers: { "idempotency-key": key } });
    expect([refused.status, replayed(refused)]).toEqual([401, null]);
  }
});

it("an answer that ran out is none: the call acts again", async () => {
  const options = keyed(api.tokens.agent, randomUUID());
  const body = { title: "Daily", text: "Every day." };
  const first = await api.call("POST", "/api/canned/", body, options);
  await api.db.pool.query("UPDATE idempotency_keys SET created_at = created_at - interval '24 hours 1 second'");
  const second = await api.call("POST", "/api/canned/", body, options);
  expect([second.status, replayed(second)]).toEqual([201, null]);
  expect(second.body.id).not.toBe(first.body.id);
});

it("what is told to others is told after the commit, and once", async () => {
  const id = await api.message();
  const options = keyed(api.tokens.agent, randomUUID());
  const before = api.frames.length;
  for (let n = 0; n < 3; n++) {
    const seen = await api.call("POST", `/api/messages/${id}/presence/`, { state: "viewing" }, options);
    expect([seen.status, replayed(seen)]).toEqual([204, n === 0 ? null : "true"]);
  }
  expect(api.frames.slice(before).map(({ frame }) => frame.type)).toEqual(["ticket_presence"]);
});
