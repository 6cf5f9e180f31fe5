import { afterAll, beforeAll, expect, it } from "vitest";
import { type ApiUnderTest, startApi } from "../api-under-test.js";

let api: ApiUnderTest;
let id: number;
beforeAll(async () => {
  api = await startApi();
  id = await api.message();
});
afterAll(() => api.drop());

const body = { title: "t", description: "d" };

it.each([
  ["no title", { description: "d" }, "body.title"],
  ["an empty title", { title: "", description: "d" }, "body.title"],
  ["a title of 301 characters", { title: "x".repeat(301), description: "d" }, "body.title"],
  ["no description", { title: "t" }, "body.description"],
  ["a blank description", { title: "t", description: " \n" }, "body.description"],
  ["a description of 10,001 characters", { title: "t", description: "x".repeat(10_001) }, "body.description"],
  ["NUL", { title: "t\0", description: "d" }, "body.title"],
  ["a priority that is none", { ...body, priority: "urgent" }, "body.priority"],
  ["a number for a priority", { ...body, priority: 3 }, "body.priority"],
])("400: %s", async (_, wrong, path) => {
  for (const [method, at] of [
    ["POST", ""],
    ["PUT", `${id}/`],
  ] as const) {
    const answer = await api.call(method, `/api/admin/tickets/${at}`, wrong, { token: api.tokens.admin });
    expect([answer.status, answer.body.status]).toEqual([400, "invalid_body"]);
    expect(answer.body.errors.map((error: { path: string }) => error.path)).toContain(path);
  }
});

it("400: a customer's id that is none, a status that is none, a cursor of no list", async () => {
  const token = api.tokens.admin;
  for (const user_id of ["", 1, null, "x".repeat(256)]) {
    const answer = await api.call("POST", "/api/admin/tickets/", { ...body, user_id }, { token });
    expect([user_id, answer.status]).toEqual([user_id, 400]);
  }
  for (const query of ["status=open", "cursor=xyz", "limit=0"]) {
    const answer = await api.call("GET", `/api/admin/tickets/?${query}`, undefined, { token });
    expect([query, answer.status, answer.body.status]).toEqual([query, 400, "invalid_query"]);
  }
});

const calls = () =>
  [
    ["GET", ""],
    ["POST", "", body],
    ["GET", `${id}/`],
    ["PUT", `${id}/`, body],
    ["PATCH", `${id}/`, body],
    ["DELETE", `${id}/`],
  ] as const;

it("401 without a token; 403 for an agent and a customer, by every method", async () => {
  for (const [method, at, sent] of calls()) {
    expect((await api.call(method, `/api/admin/tickets/${at}`, sent)).status).toBe(401);
    for (const token of [api.tokens.agent, api.tokens.customer]) {
      const answer = await api.call(method, `/api/admin/tickets/${at}`, sent, { token });
      expect([method, answer.status, answer.body.status]).toEqual([method, 403, "forbidden"]);
    }
  }
});

it("404: one that is not there", async () => {
  for (const [method, , sent] of calls().slice(2)) {
    for (const unknown of ["999999", "0", "x", "-1", "9007199254740993"]) {
      const answer = await api.call(method, `/api/admin/tickets/${unknown}/`, sent, { token: api.tokens.admin });
      expect([method, unknown, answer.status, answer.body.status]).toEqual([method, unknown, 404, "ticket_not_found"]);
    }
  }
});
