import { afterAll, beforeAll, expect, it } from "vitest";
import { type ApiUnderTest, people, startApi } from "../api-under-test.js";

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.drop());

const whole = { name: "New", email: "new@example.test", capacity: 3, queues: ["loans"] };

it.each([
  ["a negative capacity", { capacity: -1 }, "body.capacity"],
  ["a capacity of 1001", { capacity: 1001 }, "body.capacity"],
  ["a text for a capacity", { capacity: "x" }, "body.capacity"],
  ["a fraction", { capacity: 1.5 }, "body.capacity"],
  ["a blank name", { name: " " }, "body.name"],
  ["a name of 201 characters", { name: "x".repeat(201) }, "body.name"],
  ["what is no address", { email: "nobody" }, "body.email"],
  ["a queue that is none, after one that is", { queues: ["loans", "nowhere"] }, "body.queues.1"],
  ["a queue that is no text", { queues: [1] }, "body.queues.0"],
  ["no list of queues", { queues: "loans" }, "body.queues"],
])("refuses %s, when one is added, replaced and changed", async (_, wrong, path) => {
  const token = api.tokens.admin;
  for (const [method, at, body] of [
    ["POST", "", { ...whole, ...wrong }],
    ["PUT", `${people.agent}/`, { ...whole, ...wrong }],
    ["PATCH", `${people.agent}/`, wrong],
  ] as const) {
    const answer = await api.call(method, `/api/agents/${at}`, body, { token });
    expect([method, answer.status, answer.body.status]).toEqual([method, 400, "invalid_body"]);
    expect(answer.body.errors.map((error: { path: string }) => error.path)).toContain(path);
  }
  const after = await api.call("GET", `/api/agents/${people.agent}/`, undefined, { token });
  expect(after.body).toMatchObject({ name: "Agent 1", capacity: 15, queues: [] });
});

it("refuses one without a name or an address, and a short password", async () => {
  for (const body of [{ name: "x" }, { email: "x@example.test" }, { ...whole, password: "short" }]) {
    const answer = await api.call("POST", "/api/agents/", body, { token: api.tokens.admin });
    expect([answer.status, answer.body.status]).toEqual([400, "invalid_body"]);
  }
});
