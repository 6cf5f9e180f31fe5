import { afterAll, beforeAll, expect, it } from "vitest";
import { sessionSchema } from "../../../src/contract/http/auth.js";
import { type ApiUnderTest, startApi } from "../api-under-test.js";

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.drop());

const enter = (body?: unknown, at = api) => at.call("POST", "/api/auth/guest/", body);

it("201: a customer without an account, signed in, who writes and reads its own, and is renewed", async () => {
  const answer = await enter();
  expect(answer.status).toBe(201);
  const { access: token, refresh, user } = sessionSchema.parse(answer.body);
  expect(user).toEqual({
    id: user.id,
    role: "customer",
    name: expect.stringMatching(/^Guest [0-9a-f]{4}$/),
    email: null,
  });
  const sent = await api.call("POST", "/api/user-response/", { text: "Where is my loan?" }, { token });
  expect(sent.status).toBe(200);
  const conversation = await api.call("GET", `/api/chat/conversations/${sent.body.conversation_id}/`, undefined, {
    token,
  });
  expect(conversation.body.created_by).toBe(user.id);
  expect((await api.call("GET", "/api/agents/", undefined, { token })).status).toBe(403);
  const renewed = await api.call("POST", "/api/auth/refresh/", { refresh });
  expect([renewed.status, renewed.body.user.id]).toEqual([200, user.id]);
});

it("201: each is another customer, and none sees what another one wrote", async () => {
  const [first, second] = [sessionSchema.parse((await enter({})).body), sessionSchema.parse((await enter({})).body)];
  expect(first.user.id).not.toBe(second.user.id);
  const said = await api.call("POST", "/api/user-response/", { text: "Mine alone" }, { token: first.access });
  const path = `/api/chat/conversations/${said.body.conversation_id}/`;
  expect((await api.call("GET", path, undefined, { token: second.access })).status).toBe(404);
});

it("201: by a name of its own", async () => {
  const answer = await enter({ name: "Cora" });
  expect([answer.status, answer.body.user.name]).toEqual([201, "Cora"]);
});

it.each([{ name: " " }, { name: "x".repeat(201) }, { name: 7 }])("400 invalid_body: %j", async (body) => {
  const answer = await enter(body);
  expect([answer.status, answer.body.status, answer.body.errors.length]).toEqual([400, "invalid_body", 1]);
});

it.each([{ REGISTRATION: false }, { GUESTS: false }])(
  "403 registration_closed: with %j, and nobody is made",
  async (config) => {
    const closed = await startApi(config);
    try {
      const answer = await enter({}, closed);
      expect([answer.status, answer.body.status]).toEqual([403, "registration_closed"]);
      expect((await closed.db.pool.query("SELECT id FROM users WHERE name LIKE 'Guest %'")).rows).toEqual([]);
    } finally {
      await closed.drop();
    }
  },
);
