import { afterAll, beforeAll, expect, test } from "vitest";
import { findInTables } from "../../support/dump.js";
import { type ApiUnderTest, people, startApi } from "../api-under-test.js";

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.drop());

let requests = 0;

/** Calls, and answers what the audit log has of that call. */
async function act(method: string, path: string, body?: unknown, token = api.tokens.admin) {
  const requestId = `act-${++requests}`;
  const answer = await api.call(method, path, body, { token, headers: { "x-request-id": requestId } });
  expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300);
  const { rows } = await api.db.pool.query(
    `SELECT actor_kind, actor_id, action, subject_kind AS kind, subject_id AS id, before, after
     FROM audit_log WHERE request_id = $1 ORDER BY id`,
    [requestId],
  );
  return { answer: answer.body, rows };
}

/** The one row of an act of the admin. */
async function one(method: string, path: string, body?: unknown) {
  const { rows, answer } = await act(method, path, body);
  expect(rows).toHaveLength(1);
  const { actor_kind, actor_id, action, kind, id, before, after } = rows[0];
  expect([actor_kind, actor_id]).toEqual(["user", people.admin]);
  return { answer, row: [action, `${kind} ${id}`, before, after] };
}

const claimed = async (by: "agent" | "agent2" = "agent") => {
  const id = await api.message("xqcustomer says");
  await api.call("POST", `/api/messages/${id}/claim/`, { agent_id: people[by] }, { token: api.tokens[by] });
  return id;
};

test("queues", async () => {
  expect((await one("POST", "/api/queues/", { name: "vip", topics: ["gold"] })).row).toEqual([
    "queue.create",
    "queue vip",
    null,
    { topics: ["gold"] },
  ]);
  expect((await one("PATCH", "/api/queues/vip/", { name: "best" })).row).toEqual([
    "queue.update",
    "queue vip",
    { name: "vip", topics: ["gold"] },
    { name: "best", topics: ["gold"] },
  ]);
});

test("canned replies", async () => {
  const first = { title: "Hi", text: "Hello there", shortcut: "hi" };
  const made = await one("POST", "/api/canned/", first);
  const { id } = made.answer;
  expect(made.row).toEqual(["canned.create", `canned ${id}`, null, first]);
  expect((await one("PATCH", `/api/canned/${id}/`, { title: "Ho" })).row).toEqual([
    "canned.update",
    `canned ${id}`,
    first,
    { ...first, title: "Ho" },
  ]);
  expect((await one("DELETE", `/api/canned/${id}/`)).row).toEqual([
    "canned.delete",
    `canned ${id}`,
    { ...first, title: "Ho" },
    null,
  ]);
});

test("agents: changed, away, deleted", async () => {
  const { answer, row } = await one("POST", "/api/agents/", {
    name: "New",
    email: "new@example.test",
    capacity: 3,
    password: "xqpassword",
  });
  expect(row).toEqual([
    "agent.create",
    `agent ${answer.id}`,
    null,
    { name: "New", email: "new@example.test", capacity: 3, queues: [] },
  ]);
  const path = `/api/agents/${answer.id}/`;
  expect(
    (await one("PUT", path, { name: "Newer", email: "new@example.test", capacity: 4, queues: ["loans"] })).row,
  ).toEqual([
    "agent.update",
    `agent ${answer.id}`,
    { name: "New", email: "new@example.test", capacity: 3, queues: [] },
    { name: "Newer", email: "new@example.test", capacity: 4, queues: ["loans"] },
  ]);
  expect((await one("PUT", "/api/agents/me/availability/", { agent_id: answer.id, availability: "away" })).row).toEqual(
    ["agent.availability", `agent ${answer.id}`, { availability: "offline" }, { availability: "away" }],
  );
  expect((await one("DELETE", path)).row).toEqual([
    "agent.delete",
    `agent ${answer.id}`,
    { name: "Newer", capacity: 4 },
    { tickets_given_back: 0 },
  ]);
});

test("an admin's tickets, without their texts", async () => {
  const { answer, row } = await one("POST", "/api/admin/tickets/", {
    title: "xqtitle",
    description: "xqdescription",
    user_id: "U001",
    priority: "high",
  });
  const subject = `ticket ${answer.id}`;
  expect(row).toEqual(["ticket.create", subject, null, { customer_id: people.customer, priority: "high" }]);
  expect((await one("PATCH", `/api/admin/tickets/${answer.id}/`, { title: "xqother", priority: "low" })).row).toEqual([
    "ticket.update",
    subject,
    { priority: "high" },
    { priority: "low", fields: ["title"] },
  ]);
  expect((await one("DELETE", `/api/admin/tickets/${answer.id}/`)).row).toEqual([
    "ticket.delete",
    subject,
    expect.objectContaining({ customer_id: people.customer, status: "unassigned", assigned_to: null }),
    null,
  ]);
});

test("what an admin does with what agents hold, and in their name", async () => {
  const version = expect.any(Number);
  const [id, sold] = [await api.message("xqcustomer"), await claimed()];
  const subject = `ticket ${id}`;
  const path = `/api/messages/${id}`;
  const { agent, agent2 } = people;
  expect((await one("POST", `${path}/claim/`, { agent_id: agent })).row).toEqual([
    "ticket.claim",
    subject,
    null,
    { assigned_to: agent, version },
  ]);
  expect((await one("POST", `${path}/transfer/`, { to_agent_id: agent2 })).row).toEqual([
    "ticket.transfer",
    subject,
    { assigned_to: agent },
    { assigned_to: agent2, version },
  ]);
  const until = new Date(Date.now() + 3_600_000).toISOString();
  expect((await one("POST", `${path}/snooze/`, { until })).row).toEqual([
    "ticket.snooze",
    subject,
    { snoozed_until: null },
    { snoozed_until: until },
  ]);
  expect((await one("POST", `${path}/release/`, {})).row).toEqual([
    "ticket.release",
    subject,
    { assigned_to: agent2 },
    { assigned_to: null, version },
  ]);
  const pulled = await one("POST", "/api/agent/tickets/assign/", { agent_id: agent2 });
  expect(pulled.row).toEqual(["ticket.pull", `agent ${agent2}`, null, { message_ids: expect.arrayContaining([id]) }]);
  expect((await one("POST", `${path}/reply/`, { agent_id: agent2, text: "xqreply" })).row).toEqual([
    "ticket.reply",
    subject,
    null,
    { agent_id: agent2, closed: true },
  ]);
  expect((await one("POST", `${path}/reopen/`, {})).row).toEqual([
    "ticket.reopen",
    subject,
    { status: "closed", assigned_to: agent2 },
    { status: "unassigned", assigned_to: null, version },
  ]);
  expect((await one("POST", `/api/agent/tickets/sell/${sold}/`, { agent_id: agent })).row).toEqual([
    "ticket.sell",
    `ticket ${sold}`,
    null,
    { agent_id: agent, version },
  ]);
});

test("a corrected urgency and a changed profile are kept whoever does it, without reason and values", async () => {
  const id = await claimed();
  const urgency = await act(
    "PATCH",
    `/api/messages/${id}/urgency/`,
    { level: "high", reason: "xqreason" },
    api.tokens.agent,
  );
  expect(urgency.rows).toEqual([
    expect.objectContaining({
      actor_id: people.agent,
      action: "ticket.urgency",
      before: { level: null },
      after: { level: "high" },
    }),
  ]);
  const change = { name: "xqname", phone: "xqphone", attributes: { xqkey: "xqvalue" } };
  const profile = await act("PATCH", `/api/customers/${people.customer}/`, change, api.tokens.agent);
  expect(profile.rows).toEqual([
    expect.objectContaining({
      actor_id: people.agent,
      action: "customer.update",
      kind: "customer",
      id: String(people.customer),
      before: null,
      after: { fields: ["attributes", "name", "phone"] },
    }),
  ]);
});

test("what agents do with their own tickets is none of the log's", async () => {
  const id = await claimed();
  const steps: [string, string, unknown][] = [
    ["POST", `/api/messages/${id}/notes/`, { text: "note" }],
    ["POST", `/api/messages/${id}/snooze/`, { until: new Date(Date.now() + 60_000).toISOString() }],
    ["POST", `/api/messages/${id}/release/`, {}],
    ["POST", `/api/messages/${id}/claim/`, { agent_id: people.agent }],
    ["POST", `/api/messages/${id}/reply/`, { agent_id: people.agent, text: "done" }],
    ["POST", `/api/messages/${id}/reopen/`, {}],
    ["POST", "/api/agent/tickets/assign/", {}],
    ["PUT", "/api/agents/me/availability/", { availability: "away" }],
  ];
  for (const [method, path, body] of steps) {
    expect([path, (await act(method, path, body, api.tokens.agent)).rows]).toEqual([path, []]);
  }
});

test("an act that is refused, or changes nothing, leaves no row", async () => {
  const count = async () => (await api.db.pool.query("SELECT count(*)::int AS n FROM audit_log")).rows[0].n;
  const before = await count();
  const id = await claimed();
  for (const [method, path, body] of [
    ["POST", "/api/queues/", { name: "general" }],
    ["PATCH", "/api/canned/999999/", { title: "x" }],
    ["DELETE", "/api/agents/999999/", undefined],
    ["POST", `/api/messages/${id}/reopen/`, {}],
    ["POST", `/api/messages/${id}/claim/`, { agent_id: people.agent2 }],
    ["DELETE", "/api/customers/999999/", undefined],
  ] as const) {
    const answer = await api.call(method, path, body, { token: api.tokens.admin });
    expect([path, answer.status]).toEqual([path, expect.toSatisfy((status: number) => status >= 400 && status < 500)]);
  }
  await api.call("PATCH", `/api/admin/tickets/${id}/`, {}, { token: api.tokens.admin });
  expect(await count()).toBe(before);
});

test("no word of a customer is in any row, though the rest of the database has them", async () => {
  const found = await findInTables(api.db, ["xq"]);
  expect(found).toContain("public.messages: xq");
  expect(found).not.toContain("public.audit_log: xq");
});
