import { afterAll, beforeAll, expect, it } from "vitest";
import { createApiKey } from "../../../src/commands/create-api-key.js";
import { messageSchema } from "../../../src/contract/http/messages.js";
import { type ApiUnderTest, people, startApi } from "../api-under-test.js";

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.drop());

it("stores a customer's message and answers it whole, unassigned and not yet scored", async () => {
  const body = "When will my loan be disbursed?";
  const answer = await api.call("POST", "/api/messages/", { user_id: "U001", body }, { token: api.tokens.customer });
  expect(answer.status).toBe(201);
  expect(messageSchema.parse(answer.body)).toMatchObject({
    user_id: "U001",
    body,
    status: "unassigned",
    urgency: null,
    assigned_to: null,
    version: 1,
    reply: null,
    customer: { id: people.customer, name: "Cleo", open_tickets: 1, total_tickets: 1 },
  });
  const read = await api.call("GET", `/api/messages/${answer.body.id}`, undefined, { token: api.tokens.customer });
  const { messages, ...same } = read.body;
  expect(same).toEqual(answer.body);
  expect(messages).toHaveLength(1);
});

it("takes the customer from the token when the body names none", async () => {
  const answer = await api.call("POST", "/api/messages", { body: "hello" }, { token: api.tokens.customer2 });
  expect(answer.status).toBe(201);
  expect(answer.body.user_id).toBe("U002");
});

it("makes an unknown customer for a server with a key, and for an admin", async () => {
  const { key } = await createApiKey({ db: api.db }, { name: "shop", createdBy: null });
  const byKey = await api.call(
    "POST",
    "/api/messages/",
    { user_id: "new 1", body: "x" },
    { headers: { "x-api-key": key } },
  );
  expect(byKey.status).toBe(201);
  expect(byKey.body.customer).toMatchObject({ user_id: "new 1", total_tickets: 1 });
  const byAdmin = await api.call(
    "POST",
    "/api/messages/",
    { user_id: "new 1", body: "y" },
    { token: api.tokens.admin },
  );
  expect(byAdmin.body.customer).toMatchObject({ id: byKey.body.customer.id, total_tickets: 2 });
  expect(byAdmin.body.id).not.toBe(byKey.body.id);
});

it("takes the customer's id without the white space around it, as an import and a list do", async () => {
  const send = (userId: string) =>
    api.call("POST", "/api/messages/", { user_id: userId, body: "hello" }, { token: api.tokens.admin });
  const [plain, spaced] = [await send("trim-1"), await send("  trim-1\t")];
  expect([plain.status, spaced.status]).toEqual([201, 201]);
  expect(spaced.body.user_id).toBe("trim-1");
  expect(spaced.body.customer.id).toBe(plain.body.customer.id);
  const listed = await api.call("GET", "/api/messages/?user_id=%20trim-1%20", undefined, { token: api.tokens.agent });
  expect(listed.body.results.map((message: { id: number }) => message.id)).toEqual([spaced.body.id, plain.body.id]);
});

it("takes 10,000 characters, counted as characters", async () => {
  const body = "😀".repeat(10_000);
  const answer = await api.call("POST", "/api/messages/", { body }, { token: api.tokens.customer });
  expect(answer.status).toBe(201);
});

it("continues a message with reply_to, and reopens it when it is closed", async () => {
  const { call, tokens } = api;
  const first = await call("POST", "/api/messages/", { body: "first" }, { token: tokens.customer });
  const second = await call(
    "POST",
    "/api/messages/",
    { body: "second", reply_to: first.body.id },
    { token: tokens.customer },
  );
  expect(second.status).toBe(201);
  expect(second.body).toMatchObject({ id: first.body.id, status: "unassigned", version: 2, body: "first" });
  const asAgent = { token: tokens.agent };
  await call("POST", `/api/messages/${first.body.id}/claim`, { agent_id: people.agent }, asAgent);
  await call("POST", `/api/messages/${first.body.id}/reply`, { agent_id: people.agent, text: "ok" }, asAgent);
  const third = await call(
    "POST",
    "/api/messages/",
    { body: "third", reply_to: first.body.id },
    { token: tokens.customer },
  );
  expect(third.body).toMatchObject({ id: first.body.id, status: "unassigned", version: 5, assigned_to: null });
});
