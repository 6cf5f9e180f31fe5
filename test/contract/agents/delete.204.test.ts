import { afterAll, beforeAll, expect, it } from "vitest";
import { auditOwners, noFaults } from "../../support/audit.js";
import { type ApiUnderTest, people, startApi } from "../api-under-test.js";

let api: ApiUnderTest;
let held: number[];
let answered: number;
beforeAll(async () => {
  api = await startApi();
  answered = await api.message("Answered before");
  const agent_id = people.agent;
  const token = api.tokens.agent;
  await api.call("POST", `/api/messages/${answered}/claim/`, { agent_id }, { token });
  await api.call("POST", `/api/messages/${answered}/reply/`, { agent_id, text: "Done." }, { token });
  for (let n = 0; n < 15; n++) await api.message(`Question ${n}`);
  held = (await api.call("GET", "/api/agent/tickets/assign/", undefined, { token })).body.assigned_tickets;
  const until = new Date(Date.now() + 3_600_000).toISOString();
  await api.call("POST", `/api/messages/${held[0]}/snooze/`, { until }, { token });
  await api.db.pool.query("INSERT INTO agent_queues VALUES ($1, 'general')", [people.agent]);
});
afterAll(() => api.drop());

const remove = () => api.call("DELETE", `/api/agents/${people.agent}/`, undefined, { token: api.tokens.admin });

it("removes an agent with fifteen tickets: all wait again, their age kept, and it is nowhere any more", async () => {
  expect(held).toHaveLength(15);
  const due = async () =>
    (await api.db.pool.query("SELECT id, due_at FROM tickets WHERE id = ANY($1::bigint[]) ORDER BY id", [held])).rows;
  const before = await due();
  expect((await remove()).status).toBe(204);
  expect(await due()).toEqual(before);
  const { rows } = await api.db.pool.query(
    "SELECT DISTINCT status, assignee_id, snoozed_until, version FROM tickets WHERE id = ANY($1::bigint[])",
    [held],
  );
  expect(rows).toEqual([{ status: "unassigned", assignee_id: null, snoozed_until: null, version: 3 }]);
  const { rows: told } = await api.db.pool.query(
    `SELECT count(*)::int AS n FROM outbox
     WHERE type = 'message_update' AND payload->>'reason' = 'agent_removed' AND stage = 'assign'`,
  );
  expect(told).toEqual([{ n: 15 }]);
  expect(await auditOwners(api.db)).toEqual(noFaults);
});

it("closes its sockets, and frees its address", async () => {
  expect(api.controls).toEqual([{ kind: "close_user", userId: people.agent, code: 4401, reason: expect.any(String) }]);
  const again = await api.call(
    "POST",
    "/api/agents/",
    { name: "Next", email: "agent1@example.test" },
    { token: api.tokens.admin },
  );
  expect(again.status).toBe(201);
});

it("is not found from then on, by any call", async () => {
  const token = api.tokens.admin;
  const agent_id = people.agent;
  const id = held[1];
  const calls: [string, string, unknown?][] = [
    ["GET", `/api/agents/${agent_id}/`],
    ["PUT", `/api/agents/${agent_id}/`, { name: "x", email: null }],
    ["PATCH", `/api/agents/${agent_id}/`, { capacity: 3 }],
    ["DELETE", `/api/agents/${agent_id}/`],
    ["POST", `/api/messages/${id}/claim/`, { agent_id }],
    ["POST", `/api/messages/${id}/reply/`, { agent_id, text: "x" }],
    ["POST", `/api/messages/${id}/release/`, { agent_id }],
    ["POST", "/api/agent/tickets/assign/", { agent_id }],
    ["POST", `/api/agent/tickets/sell/${id}/`, { agent_id }],
  ];
  for (const [method, path, body] of calls) {
    const answer = await api.call(method, path, body, { token });
    expect([method, path, answer.status, answer.body.status]).toEqual([method, path, 404, "agent_not_found"]);
  }
  await api.call("POST", `/api/messages/${id}/claim/`, { agent_id: people.agent2 }, { token });
  const transfer = await api.call("POST", `/api/messages/${id}/transfer/`, { to_agent_id: agent_id }, { token });
  expect(transfer.body.status).toBe("agent_not_found");
  const list = await api.call("GET", "/api/agents/", undefined, { token });
  expect(list.body.results.map((agent: { id: number }) => agent.id)).not.toContain(agent_id);
});

it("is not found by another agent either, before it is another's", async () => {
  const token = api.tokens.agent2;
  const answer = await api.call("POST", "/api/agent/tickets/assign/", { agent_id: people.agent }, { token });
  expect(answer.body.status).toBe("agent_not_found");
});

it("keeps its name on what it said", async () => {
  const answer = await api.call("GET", `/api/messages/${answered}/`, undefined, { token: api.tokens.admin });
  expect(answer.body.reply.agent_id).toBe(people.agent);
  expect(answer.body.messages.at(-1).sender).toMatchObject({ id: people.agent, name: "Agent 1" });
});

it("has no token that stands", async () => {
  const fresh = await startApi();
  try {
    await fresh.call("DELETE", `/api/agents/${people.agent}/`, undefined, { token: fresh.tokens.admin });
    const answer = await fresh.call("GET", "/api/messages/", undefined, { token: fresh.tokens.agent });
    expect([answer.status, answer.body.status]).toEqual([401, "unauthorized"]);
  } finally {
    await fresh.drop();
  }
});

it("is nobody in the open demo: the admin calls", async () => {
  const demo = await startApi({ openDemo: true });
  try {
    await demo.call("DELETE", `/api/agents/${people.agent}/`);
    const answer = await demo.call("GET", `/api/agent/tickets/assign/?agent_id=${people.agent}`);
    expect([answer.status, answer.body.status]).toEqual([404, "agent_not_found"]);
  } finally {
    await demo.drop();
  }
});
