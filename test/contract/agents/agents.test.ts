import { afterAll, beforeAll, expect, it } from "vitest";
import { agentPageSchema } from "../../../src/contract/http/agents.js";
import { type ApiUnderTest, people, startApi } from "../api-under-test.js";

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
  await api.db.pool.query("INSERT INTO agent_queues VALUES (2, 'loans'), (2, 'credit')");
  const id = await api.message();
  await api.call("POST", `/api/messages/${id}/claim`, { agent_id: people.agent2 }, { token: api.tokens.agent2 });
});
afterAll(() => api.drop());

const get = (path: string, token = api.tokens.agent) => api.call("GET", `/api/agents/${path}`, undefined, { token });

it("200: the agents, each with what it holds", async () => {
  const page = agentPageSchema.parse((await get("")).body);
  expect(page.results).toEqual([
    expect.objectContaining({ id: people.agent, name: "Agent 1", queues: [], open_tickets: 0 }),
    {
      id: people.agent2,
      name: "Agent 2",
      email: "agent2@example.test",
      role: "agent",
      capacity: 15,
      queues: ["credit", "loans"],
      availability: "offline",
      open_tickets: 1,
    },
  ]);
  const first = await get("?limit=1");
  expect((await get(`?cursor=${first.body.next}`)).body.results).toEqual([page.results[1]]);
  expect((await get(`${people.agent2}`)).body).toEqual(page.results[1]);
});

it("403 for a customer, 404 for one that is no agent", async () => {
  expect((await get("", api.tokens.customer)).body.status).toBe("forbidden");
  for (const id of [4711, people.customer, people.admin, "x"]) {
    const answer = await get(`${id}/`);
    expect([answer.status, answer.body.status]).toEqual([404, "agent_not_found"]);
  }
});
