import { afterAll, beforeAll, expect, it } from "vitest";
import { queuePageSchema } from "../../../src/contract/http/queues.js";
import { type ApiUnderTest, people, startApi } from "../api-under-test.js";

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
  await api.db.pool.query("INSERT INTO agent_queues VALUES (1, 'loans'), (2, 'loans'), (2, 'credit')");
});
afterAll(() => api.drop());

const call = (method: string, path: string, body?: unknown) =>
  api.call(method, `/api/queues/${path}`, body, { token: api.tokens.admin });

it("200: the queues by name, in pages, each with the agents that list it", async () => {
  const all = queuePageSchema.parse(
    (await api.call("GET", "/api/queues/", undefined, { token: api.tokens.agent })).body,
  );
  expect(all.results.map((queue) => queue.name)).toEqual([
    "accounts",
    "credit",
    "disputes",
    "general",
    "loans",
    "repayments",
  ]);
  expect(all.results[4]).toEqual({ name: "loans", topics: ["disbursement", "application_rejected"], agents: 2 });
  const first = await call("GET", "?limit=4");
  const rest = await call("GET", `?limit=4&cursor=${first.body.next}`);
  expect([...first.body.results, ...rest.body.results]).toEqual(all.results);
  expect(rest.body.next).toBeNull();
});

it("does not count an agent that was removed", async () => {
  const { body } = await api.call(
    "POST",
    "/api/agents/",
    { name: "x", email: "x@example.test", queues: ["disputes"] },
    { token: api.tokens.admin },
  );
  const agents = async () =>
    (await call("GET", "")).body.results.find((queue: { name: string }) => queue.name === "disputes").agents;
  expect(await agents()).toBe(1);
  await api.call("DELETE", `/api/agents/${body.id}/`, undefined, { token: api.tokens.admin });
  expect(await agents()).toBe(0);
});

it("201: a queue, with topics and without", async () => {
  expect(await call("POST", "", { name: "vip" })).toMatchObject({
    status: 201,
    body: { name: "vip", topics: [], agents: 0 },
  });
  const answer = await call("POST", "", { name: "new-things", topics: ["novelty", "novelty", "other things"] });
  expect(answer).toMatchObject({ status: 201, body: { topics: ["novelty", "other things"] } });
});

it("PATCH changes topics, and may take one over that another gave up", async () => {
  await call("PATCH", "repayments/", { topics: [] });
  expect(await call("PATCH", "credit/", { topics: ["credit_bureau", "repayment"] })).toMatchObject({
    status: 200,
    body: { name: "credit", topics: ["credit_bureau", "repayment"], agents: 1 },
  });
  expect((await call("PATCH", "credit/", {})).body.topics).toEqual(["credit_bureau", "repayment"]);
});

it("PATCH gives a queue another name, which its agents and its tickets take", async () => {
  const id = await api.message();
  await api.db.pool.query("UPDATE tickets SET queue = 'loans', routed_at = now() WHERE id = $1", [id]);
  expect(await call("PATCH", "loans/", { name: "lending" })).toMatchObject({
    status: 200,
    body: { name: "lending", topics: ["disbursement", "application_rejected"], agents: 2 },
  });
  const { rows } = await api.db.pool.query("SELECT queue FROM tickets WHERE id = $1", [id]);
  expect(rows).toEqual([{ queue: "lending" }]);
  const agent = await api.call("GET", `/api/agents/${people.agent}/`, undefined, { token: api.tokens.agent });
  expect(agent.body.queues).toEqual(["lending"]);
});
