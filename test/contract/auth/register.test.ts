import { afterAll, beforeAll, expect, it } from "vitest";
import { sessionSchema } from "../../../src/contract/http/auth.js";
import { type ApiUnderTest, startApi } from "../api-under-test.js";
import { makeUser } from "./signed-in.js";

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.drop());

const register = (body: unknown, at = api) => at.call("POST", "/api/auth/register/", body);
const gus = { email: "Gus@example.test", password: "long enough", name: "Gus" };
const usersOf = async (email: string) =>
  (await api.db.pool.query("SELECT id FROM users WHERE lower(email) = lower($1)", [email])).rows;

it("201: a customer, signed in, who can write and read its own and signs in again", async () => {
  const answer = await register(gus);
  expect(answer.status).toBe(201);
  const session = sessionSchema.parse(answer.body);
  expect(session.user).toMatchObject({ role: "customer", name: "Gus", email: gus.email });
  const token = session.access;
  const sent = await api.call("POST", "/api/messages/", { body: "Where is my loan?" }, { token });
  expect(sent.status).toBe(201);
  expect(sent.body.user_id).toMatch(/^registered:[0-9a-f-]{36}$/);
  expect((await api.call("GET", `/api/messages/${sent.body.id}`, undefined, { token })).status).toBe(200);
  expect((await api.call("GET", "/api/agents/", undefined, { token })).status).toBe(403);
  const { email, password } = gus;
  expect((await api.call("POST", "/api/auth/login/", { email, password })).status).toBe(200);
});

it("201: sent again, because its answer was lost, it signs in to the same account", async () => {
  const again = await register({ ...gus, email: "gus@EXAMPLE.test", name: "Other" });
  expect(again.status).toBe(201);
  expect(again.body.user).toMatchObject({ name: "Gus", email: gus.email });
  expect(await usersOf(gus.email)).toHaveLength(1);
});

it("201: two at the same moment are one account", async () => {
  const hal = { email: "hal@example.test", password: "long enough", name: "Hal" };
  const answers = await Promise.all([register(hal), register(hal), register(hal)]);
  expect(answers.map(({ status }) => status)).toEqual([201, 201, 201]);
  expect(new Set(answers.map(({ body }) => body.user.id)).size).toBe(1);
});

it("401: an address that is taken is answered as a sign-in with a wrong password, whoever has it", async () => {
  const agent = await makeUser(api);
  const { id: disabled, email } = await makeUser(api, "customer");
  await api.db.pool.query("UPDATE users SET disabled_at = now() WHERE id = $1", [disabled]);
  const answers = [
    await register({ ...gus, password: "another password" }),
    await register({ ...gus, email: agent.email, password: agent.password }),
    await register({ ...gus, email, password: agent.password }),
    await register({ ...gus, email: "agent1@example.test" }),
  ];
  for (const { status, body } of answers) expect([status, body]).toEqual([401, answers[0]?.body]);
  expect(answers[0]?.body.status).toBe("invalid_credentials");
});

it.each([
  ["a short password", { password: "short" }],
  ["an address that is none", { email: "gus" }],
  ["no name", { name: " " }],
  ["an id of its own choice: nobody becomes another customer by it", { user_id: "U001" }],
])("400: %s", async (_, change) => {
  const answer = await register({ ...gus, email: "new@example.test", ...change });
  expect([answer.status, answer.body.status, answer.body.errors.length]).toEqual([400, "invalid_body", 1]);
  expect(await usersOf("new@example.test")).toEqual([]);
});

it("403: with REGISTRATION=0", async () => {
  const closed = await startApi({ REGISTRATION: false });
  try {
    const answer = await register(gus, closed);
    expect([answer.status, answer.body.status]).toEqual([403, "registration_closed"]);
  } finally {
    await closed.drop();
  }
});
