import { afterAll, beforeAll, expect, it } from "vitest";
import { agentStatsPageSchema } from "../../../src/contract/http/stats.js";
import { type ApiUnderTest, people, startApi } from "../api-under-test.js";
import { claimedMessage } from "../messages/claimed.js";

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
  await api.db.pool.query("INSERT INTO agent_queues VALUES (2, 'loans')");
  const [answered, sold, old, snoozed] = [
    await claimedMessage(api),
    await claimedMessage(api),
    await claimedMessage(api),
    await claimedMessage(api),
  ];
  await claimedMessage(api);
  const token = api.tokens.agent;
  const reply = { agent_id: people.agent, text: "Done." };
  await api.call("POST", `/api/messages/${old}/reply/`, reply, { token });
  await api.db.pool.query("UPDATE assignments SET created_at = created_at - interval '61 minutes'");
  await api.call("POST", `/api/messages/${answered}/reply/`, reply, { token });
  await api.call("POST", `/api/agent/tickets/sell/${sold}/`, undefined, { token });
  const until = new Date(Date.now() + 3_600_000).toISOString();
  await api.call("POST", `/api/messages/${snoozed}/snooze/`, { until }, { token });
});
afterAll(() => api.drop());

const get = async (query = "") =>
  agentStatsPageSchema.parse(
    (await api.call("GET", `/api/stats/agents/${query}`, undefined, { token: api.tokens.agent2 })).body,
  );

it("shows what each agent holds, put aside and closed in the last hour", async () => {
  const { results } = await get();
  expect(results.map((agent) => agent.id)).toEqual([people.agent, people.agent2]);
  expect(results[0]).toMatchObject({
    name: "Agent 1",
    queues: [],
    availability: "offline",
    capacity: 15,
    held: 1,
    snoozed: 1,
    closed_last_hour: 2,
  });
  expect(results[1]).toMatchObject({ queues: ["loans"], held: 0, snoozed: 0, closed_last_hour: 0 });
});

it("in pages", async () => {
  const first = await get("?limit=1");
  const rest = await get(`?limit=1&cursor=${first.next}`);
  expect([...first.results, ...rest.results].map((agent) => agent.id)).toEqual([people.agent, people.agent2]);
  expect(rest.next).toBeNull();
});
