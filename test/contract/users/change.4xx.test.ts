import { afterAll, beforeAll, expect, it } from "vitest";
import { type ApiUnderTest, people, startApi } from "../api-under-test.js";

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.drop());

const call = (method: string, id: number | string, body?: unknown, token = api.tokens.admin) =>
  api.call(method, `/api/users/${id}`, body, { token });
const bodyOf = (method: string) => (method === "PATCH" ? {} : undefined);
const outcome = async (answer: ReturnType<typeof call>) => {
  const { status, body } = await answer;
  return [status, body.status];
};

it.each([
  ["another role", { role: "admin" }],
  ["a short password", { password: "short" }],
  ["an address that is none", { email: "x" }],
  ["a text for disabled", { disabled: "yes" }],
  ["no name", { name: "" }],
])("400: %s", async (_, body) => {
  expect(await outcome(call("PATCH", people.agent, body))).toEqual([400, "invalid_body"]);
});

it("403: agents and customers", async () => {
  for (const token of [api.tokens.agent, api.tokens.customer]) {
    for (const method of ["GET", "PATCH", "DELETE"]) {
      expect(await outcome(call(method, people.agent, bodyOf(method), token))).toEqual([403, "forbidden"]);
    }
  }
});

it("404: nobody of that id, and what is no id", async () => {
  for (const id of [987_654, "x", "1e3"]) {
    for (const method of ["GET", "PATCH", "DELETE"]) {
      expect(await outcome(call(method, id, bodyOf(method)))).toEqual([404, "user_not_found"]);
    }
  }
});

it("409: an address that another has, whatever its case", async () => {
  expect(await outcome(call("PATCH", people.agent2, { email: "AGENT1@example.test" }))).toEqual([409, "email_taken"]);
});

it("409: a customer's id that another has", async () => {
  const customer = {
    role: "customer",
    name: "Eve",
    email: "eve@example.test",
    password: "long enough",
    user_id: "U001",
  };
  const answer = await api.call("POST", "/api/users/", customer, { token: api.tokens.admin });
  expect([answer.status, answer.body.status]).toEqual([409, "user_id_taken"]);
});

it("409: the last enabled admin is neither disabled nor deleted, by nobody", async () => {
  expect(await outcome(call("PATCH", people.admin, { disabled: true }))).toEqual([409, "last_admin"]);
  expect(await outcome(call("DELETE", people.admin))).toEqual([409, "last_admin"]);
  expect((await call("GET", people.admin)).body.disabled).toBe(false);
});

it("409: a customer is erased, not deleted", async () => {
  expect(await outcome(call("DELETE", people.customer))).toEqual([409, "is_customer"]);
  expect((await call("GET", people.customer)).body.disabled).toBe(false);
});
