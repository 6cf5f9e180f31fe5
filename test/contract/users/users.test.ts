import { afterAll, beforeAll, expect, it } from "vitest";
import { userPageSchema, userSchema } from "../../../src/contract/http/users.js";
import { type ApiUnderTest, people, startApi } from "../api-under-test.js";

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.drop());

const call = (method: string, path: string, body?: unknown, token = api.tokens.admin) =>
  api.call(method, `/api/users/${path}`, body, { token });
const fay = { role: "agent", name: "Fay", email: "fay@example.test", password: "long enough" };

it("201: an agent that can sign in, with its capacity; a customer with its own id", async () => {
  const answer = await call("POST", "", { ...fay, capacity: 3 });
  expect(answer.status).toBe(201);
  expect(userSchema.parse(answer.body)).toMatchObject({ role: "agent", name: "Fay", disabled: false });
  expect(JSON.stringify(answer.body)).not.toContain("password");
  const agent = await api.call("GET", `/api/agents/${answer.body.id}`, undefined, { token: api.tokens.admin });
  expect(agent.body.capacity).toBe(3);
  const signedIn = await api.call("POST", "/api/auth/login/", { email: fay.email, password: fay.password });
  expect(signedIn.status).toBe(200);
  const customer = { ...fay, role: "customer", email: "gus@example.test", user_id: "G1" };
  const made = await call("POST", "", customer);
  const read = await api.call("GET", `/api/customers/${made.body.id}`, undefined, { token: api.tokens.admin });
  expect(read.body.user_id).toBe("G1");
});

it("200: the users, by role, in pages", async () => {
  const page = userPageSchema.parse((await call("GET", "?role=admin")).body);
  expect(page.results.map((user) => user.id)).toEqual([people.admin]);
  const first = userPageSchema.parse((await call("GET", "?limit=2")).body);
  const rest = userPageSchema.parse((await call("GET", `?cursor=${first.next}`)).body);
  const all = userPageSchema.parse((await call("GET", "")).body);
  expect([...first.results, ...rest.results]).toEqual(all.results);
});

it.each([
  ["a role that is none", { ...fay, role: "boss" }],
  ["a short password", { ...fay, password: "short" }],
  ["an address that is none", { ...fay, email: "fay" }],
  ["no name", { ...fay, name: undefined }],
  ["a capacity below zero", { ...fay, capacity: -1 }],
])("400: %s", async (_, body) => {
  const answer = await call("POST", "", body);
  expect([answer.status, answer.body.status]).toEqual([400, "invalid_body"]);
});

it("403: agents and customers", async () => {
  for (const token of [api.tokens.agent, api.tokens.customer]) {
    expect((await call("GET", "", undefined, token)).body.status).toBe("forbidden");
    expect((await call("POST", "", { ...fay, email: "other@example.test" }, token)).status).toBe(403);
  }
});

it("409: an address that another has, whatever its case", async () => {
  const answer = await call("POST", "", { ...fay, email: "Agent1@example.test" });
  expect([answer.status, answer.body.status]).toEqual([409, "email_taken"]);
});
