import { afterAll, beforeAll, expect, it } from "vitest";
import { type ApiUnderTest, startApi } from "../api-under-test.js";

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.drop());

const call = (method: string, path: string, body?: unknown, token = api.tokens.admin) =>
  api.call(method, `/api/queues/${path}`, body, { token });

it.each([
  ["no name", {}],
  ["a blank name", { name: " " }],
  ["capitals", { name: "Loans" }],
  ["a name that begins with a sign", { name: "-loans" }],
  ["a name of 51 characters", { name: "x".repeat(51) }],
  ["a name that is no text", { name: 1 }],
  ["topics that are no list", { name: "new", topics: "x" }],
  ["an empty topic", { name: "new", topics: [""] }],
  ["101 topics", { name: "new", topics: Array.from({ length: 101 }, (_, n) => `t${n}`) }],
])("400: %s", async (_, body) => {
  const answer = await call("POST", "", body);
  expect([answer.status, answer.body.status]).toEqual([400, "invalid_body"]);
  expect(answer.body.errors.length).toBeGreaterThan(0);
});

it("400: another name for general, which keeps it", async () => {
  const answer = await call("PATCH", "general/", { name: "all" });
  expect([answer.status, answer.body.status]).toEqual([400, "invalid_body"]);
  expect(answer.body.errors[0].path).toBe("body.name");
});

it("400: a cursor that no list gave out", async () => {
  expect((await call("GET", "?cursor=xyz")).body.status).toBe("invalid_query");
});

it("401 without a token, 403 for a customer, and for an agent that writes", async () => {
  expect((await api.call("GET", "/api/queues/")).body.status).toBe("unauthorized");
  expect((await call("GET", "", undefined, api.tokens.customer)).body.status).toBe("forbidden");
  expect((await call("POST", "", { name: "new" }, api.tokens.agent)).body.status).toBe("forbidden");
  expect((await call("PATCH", "loans/", {}, api.tokens.agent)).body.status).toBe("forbidden");
});

it("404: a queue that is not there, whatever its name", async () => {
  for (const name of ["nowhere", "Loans", "%00", "__proto__", "9"]) {
    const answer = await call("PATCH", `${name}/`, { topics: [] });
    expect([name, answer.status, answer.body.status]).toEqual([name, 404, "queue_not_found"]);
  }
});

it("405 with the methods that there are", async () => {
  expect((await call("PUT", "", {})).headers.get("allow")).toBe("GET, HEAD, POST");
  expect((await call("GET", "loans/")).headers.get("allow")).toBe("PATCH");
});

it("409: a name that another has, on adding and on changing", async () => {
  expect(await call("POST", "", { name: "loans" })).toMatchObject({ status: 409, body: { status: "queue_taken" } });
  const renamed = await call("PATCH", "loans/", { name: "credit", topics: ["x"] });
  expect(renamed).toMatchObject({ status: 409, body: { status: "queue_taken", name: "credit" } });
  const { results } = (await call("GET", "")).body;
  expect(results.find((queue: { name: string }) => queue.name === "loans").topics).toHaveLength(2);
});

it("409: a topic that another queue has, which is named", async () => {
  const taken = { status: 409, body: { status: "topic_taken", topic: "repayment", queue: "repayments" } };
  expect(await call("POST", "", { name: "new", topics: ["x", "repayment"] })).toMatchObject(taken);
  expect(await call("PATCH", "loans/", { topics: ["repayment"] })).toMatchObject(taken);
});
