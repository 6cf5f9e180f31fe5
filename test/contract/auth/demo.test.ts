import { afterAll, beforeAll, expect, it } from "vitest";
import { demoPeopleSchema, sessionSchema } from "../../../src/contract/http/auth.js";
import { type ApiUnderTest, people, startApi } from "../api-under-test.js";

let demo: ApiUnderTest;
let closed: ApiUnderTest;
beforeAll(async () => {
  demo = await startApi({ openDemo: true });
  closed = await startApi({ REGISTRATION: false });
});
afterAll(async () => {
  await demo.drop();
  await closed.drop();
});

const signIn = (api: ApiUnderTest, userId: unknown) => api.call("POST", "/api/auth/demo/", { user_id: userId });

it("200: the open demo says who is in it, staff first; nobody who is disabled, has no address or came later", async () => {
  const gus = { email: "gus@example.test", password: "long enough", name: "Gus" };
  expect((await demo.call("POST", "/api/auth/register/", gus)).status).toBe(201);
  await demo.db.pool.query("UPDATE users SET disabled_at = now() WHERE id = $1", [people.agent2]);
  const answer = await demo.call("GET", "/api/auth/demo/");
  expect(demoPeopleSchema.parse(answer.body)).toEqual({
    open_demo: true,
    registration: true,
    people: [
      { id: people.admin, name: "Ada Admin", role: "admin" },
      { id: people.agent, name: "Agent 1", role: "agent" },
      { id: people.customer, name: "Cleo", role: "customer" },
    ],
  });
});

it("200: elsewhere it names nobody", async () => {
  const answer = await closed.call("GET", "/api/auth/demo/");
  expect([answer.status, answer.body]).toEqual([200, { open_demo: false, registration: false, people: [] }]);
});

it("200: one click is a session like any other, which is renewed and ended", async () => {
  const session = sessionSchema.parse((await signIn(demo, people.agent)).body);
  expect(session.user).toMatchObject({ id: people.agent, role: "agent" });
  const mine = await demo.call("GET", "/api/messages/?assigned_to=me", undefined, { token: session.access });
  expect(mine.status).toBe(200);
  const renewed = await demo.call("POST", "/api/auth/refresh/", { refresh: session.refresh });
  expect(renewed.status).toBe(200);
  const { access: token, refresh } = sessionSchema.parse(renewed.body);
  expect((await demo.call("POST", "/api/auth/logout/", { refresh }, { token })).status).toBe(204);
  expect((await demo.call("POST", "/api/auth/refresh/", { refresh })).status).toBe(401);
});

it("404 not_found where it is not the open demo, whoever is asked for", async () => {
  for (const id of [people.admin, people.agent, 4711]) {
    const answer = await signIn(closed, id);
    expect([answer.status, answer.body.status]).toEqual([404, "not_found"]);
  }
});

it("404 user_not_found for nobody and for a disabled user; 400 for what is no id", async () => {
  for (const id of [4711, people.agent2]) {
    const answer = await signIn(demo, id);
    expect([answer.status, answer.body.status]).toEqual([404, "user_not_found"]);
  }
  expect((await signIn(demo, "somebody")).status).toBe(400);
});

it("403 origin_not_allowed for pages of other sites", async () => {
  const headers = { origin: "https://evil.example" };
  const answer = await demo.call("POST", "/api/auth/demo/", { user_id: people.admin }, { headers });
  expect([answer.status, answer.body.status]).toEqual([403, "origin_not_allowed"]);
});
