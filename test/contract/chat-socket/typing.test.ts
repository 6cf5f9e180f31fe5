import { afterAll, beforeAll, expect, it } from "vitest";
import { makeConversation } from "../../integration/realtime/chat-desk.js";
import { type ApiUnderTest, people, startApi } from "../api-under-test.js";

let api: ApiUnderTest;
let direct: number;
beforeAll(async () => {
  api = await startApi();
  direct = await makeConversation(api.db, "direct", [{ id: people.customer, role: "member" }]);
});
afterAll(() => api.drop());

const type = (body: unknown, token = api.tokens.customer) => api.call("POST", "/api/chat/typing/", body, { token });

it("204 for who takes part, and the others are shown it", async () => {
  api.frames.length = 0;
  expect((await type({ conversation_id: direct, is_typing: true })).status).toBe(204);
  expect((await type({ conversation_id: String(direct), is_typing: false })).status).toBe(204);
  const typing = { type: "typing", user_id: people.customer, name: "Cleo" };
  expect(api.frames).toEqual([
    { stream: `conversation:${direct}`, frame: { ...typing, is_typing: true } },
    { stream: `conversation:${direct}`, frame: { ...typing, is_typing: false } },
  ]);
});

it("404 for a stranger's conversation and for none alike; nobody is shown anything", async () => {
  api.frames.length = 0;
  const strangers = await type({ conversation_id: direct, is_typing: true }, api.tokens.customer2);
  expect(strangers).toMatchObject({ status: 404, body: { status: "conversation_not_found" } });
  expect((await type({ conversation_id: 999_999, is_typing: true })).body).toEqual(strangers.body);
  expect((await type({ conversation_id: direct, is_typing: true }, api.tokens.agent)).status).toBe(404);
  expect(api.frames).toEqual([]);
});

it("403 for an admin who looks on only", async () => {
  expect(await type({ conversation_id: direct, is_typing: true }, api.tokens.admin)).toMatchObject({
    status: 403,
    body: { status: "forbidden" },
  });
});

it.each([
  {},
  { conversation_id: 1 },
  { conversation_id: "x", is_typing: true },
  { conversation_id: 1, is_typing: "yes" },
])("400 invalid_body for %j", async (body) =>
  expect(await type(body)).toMatchObject({ status: 400, body: { status: "invalid_body" } }),
);

it("401 without a token", async () => {
  const body = { conversation_id: direct, is_typing: true };
  expect((await api.call("POST", "/api/chat/typing/", body)).status).toBe(401);
});
