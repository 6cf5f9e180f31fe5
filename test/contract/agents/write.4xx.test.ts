import { afterAll, beforeAll, expect, it } from "vitest";
import { type ApiUnderTest, people, startApi } from "../api-under-test.js";

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.drop());

const body = { name: "New", email: "new@example.test" };
const writes = [
  ["POST", ""],
  ["PUT", `${people.agent}/`],
  ["PATCH", `${people.agent}/`],
  ["DELETE", `${people.agent}/`],
] as const;

it("401 without a token, 403 for an agent and a customer", async () => {
  for (const [method, path] of writes) {
    const sent = method === "DELETE" ? undefined : body;
    expect((await api.call(method, `/api/agents/${path}`, sent)).body.status).toBe("unauthorized");
    for (const token of [api.tokens.agent, api.tokens.customer]) {
      const answer = await api.call(method, `/api/agents/${path}`, sent, { token });
      expect([answer.status, answer.body.status]).toEqual([403, "forbidden"]);
    }
  }
});

it("404 for one that is no agent", async () => {
  for (const id of ["4711", `${people.customer}`, `${people.admin}`, "x", "9007199254740993"]) {
    for (const method of ["PUT", "PATCH", "DELETE"]) {
      const sent = method === "DELETE" ? undefined : body;
      const answer = await api.call(method, `/api/agents/${id}/`, sent, { token: api.tokens.admin });
      expect([answer.status, answer.body.status]).toEqual([404, "agent_not_found"]);
    }
  }
});

it("409 for an address that another user has, whatever its case", async () => {
  const taken = { name: "New", email: "AGENT2@example.test" };
  for (const [method, path] of writes.slice(0, 3)) {
    const answer = await api.call(method, `/api/agents/${path}`, taken, { token: api.tokens.admin });
    expect([answer.status, answer.body.status]).toEqual([409, "email_taken"]);
  }
});
