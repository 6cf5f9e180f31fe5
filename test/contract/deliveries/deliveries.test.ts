import { afterAll, beforeAll, expect, it } from "vitest";
import { deliveryPageSchema, deliveryWithAttemptsSchema } from "../../../src/contract/http/deliveries.js";
import { type ApiUnderTest, people, startApi } from "../api-under-test.js";

let api: ApiUnderTest;
let webhookId: number;
const ids: Record<string, number> = {};
const call = (method: string, path = "", body?: unknown, token = api.tokens.admin) =>
  api.call(method, `/api/deliveries/${path}`, body, { token });
const idsOf = async (query: string) =>
  deliveryPageSchema.parse((await call("GET", `?limit=200&${query}`)).body).results.map(({ id }) => id);

beforeAll(async () => {
  api = await startApi();
  const { pool } = api.db;
  webhookId = (await pool.query("INSERT INTO webhooks (url, secret) VALUES ('https://x.example/', '') RETURNING id"))
    .rows[0].id;
  const ticket = await api.message();
  await api.call("POST", `/api/messages/${ticket}/claim/`, { agent_id: people.agent }, { token: api.tokens.agent });
  const body = { agent_id: people.agent, text: "Within 24 hours." };
  await api.call("POST", `/api/messages/${ticket}/reply/`, body, { token: api.tokens.agent });
  ids.reply = (await pool.query("SELECT max(id) AS id FROM deliveries")).rows[0].id;
  const states = {
    pending: "'pending', NULL, NULL",
    parked: "'pending', NULL, now()",
    sent: "'sent', now(), NULL",
    failed: "'failed', NULL, now()",
  };
  for (const [name, values] of Object.entries(states)) {
    const { rows } = await pool.query(
      `INSERT INTO deliveries (webhook_id, channel, event_seq, event_type, attempts, tries, status, sent_at, parked_at)
       VALUES ($1, 'webhook', $2, 'read', 12, 12, ${values}) RETURNING id`,
      [webhookId, 10 + Object.keys(ids).length],
    );
    ids[name] = rows[0].id;
  }
  await pool.query(
    `INSERT INTO delivery_attempts (delivery_id, attempt, duration_ms, outcome, error, request, answer)
     SELECT $1, n, 5, 'failed', 'It answered 500.', '{"method": "POST"}', '{"status": 500}' FROM generate_series(1, 12) n`,
    [ids.failed],
  );
});
afterAll(() => api.drop());

it("200: listed newest first, in pages, by status, channel, webhook and conversation", async () => {
  const all = await idsOf("");
  expect(all).toEqual([...all].sort((a, b) => b - a));
  expect(await idsOf("status=failed")).toEqual([ids.failed]);
  expect(await idsOf("status=parked")).toEqual([ids.parked]);
  expect(await idsOf("status=sent")).toEqual([ids.sent]);
  expect(await idsOf("status=pending")).toEqual([ids.pending, ids.reply]);
  expect(await idsOf("channel=socket")).toEqual([ids.reply]);
  expect(await idsOf("channel=email")).toEqual([]);
  expect(await idsOf(`webhook_id=${webhookId}`)).toHaveLength(4);
  expect(await idsOf("webhook_id=987654")).toEqual([]);
  const { rows } = await api.db.pool.query("SELECT conversation_id AS id FROM deliveries WHERE id = $1", [ids.reply]);
  expect(await idsOf(`conversation_id=${rows[0].id}&status=pending`)).toEqual([ids.reply]);
  const first = deliveryPageSchema.parse((await call("GET", "?limit=2")).body);
  const rest = deliveryPageSchema.parse((await call("GET", `?limit=200&cursor=${first.next}`)).body);
  expect([...first.results, ...rest.results].map(({ id }) => id)).toEqual(all);
});

it("200: one, with its latest ten attempts; without a word of what it carries", async () => {
  const failed = deliveryWithAttemptsSchema.parse((await call("GET", `${ids.failed}/`)).body);
  expect(failed).toMatchObject({ kind: "event", status: "failed", event: { type: "read" }, next_attempt_at: null });
  expect(failed.recent.map(({ attempt }) => attempt)).toEqual([12, 11, 10, 9, 8, 7, 6, 5, 4, 3]);
  const reply = deliveryWithAttemptsSchema.parse((await call("GET", `${ids.reply}/`)).body);
  expect(reply).toMatchObject({ kind: "reply", channel: "socket", status: "pending", event: null, recent: [] });
  expect(reply.stable_id).toMatch(/^msg_[0-9a-f]{32}$/);
  expect(JSON.stringify(reply)).not.toContain("24 hours");
});

it("200: one that stands behind another says so, and no time: its own is nobody's", async () => {
  const shown = async () => deliveryWithAttemptsSchema.parse((await call("GET", `${ids.pending}/`)).body);
  const own = await shown();
  expect(own.behind).toBe(false);
  expect(own.next_attempt_at).not.toBeNull();
  await api.db.pool.query("UPDATE deliveries SET behind = true WHERE id = $1", [ids.pending]);
  expect(await shown()).toMatchObject({ status: "pending", behind: true, next_attempt_at: null });
  await api.db.pool.query("UPDATE deliveries SET behind = false WHERE id = $1", [ids.pending]);
});

it("200: a dead letter and a parked one are due again, and it is audited; 409: what is neither, or is not there any more", async () => {
  for (const name of ["failed", "parked"]) {
    const answer = await call("POST", `${ids[name]}/retry/`);
    expect([name, answer.status]).toEqual([name, 200]);
    expect(deliveryWithAttemptsSchema.parse(answer.body)).toMatchObject({ id: ids[name], attempts: 12 });
    const { rows } = await api.db.pool.query(
      "SELECT status, tries, next_attempt_at <= now() AS due FROM deliveries WHERE id = $1",
      [ids[name]],
    );
    expect(rows).toEqual([{ status: "pending", tries: 0, due: true }]);
  }
  const { rows } = await api.db.pool.query(
    "SELECT subject_id FROM audit_log WHERE action = 'delivery.retry' ORDER BY id",
  );
  expect(rows.map((row) => Number(row.subject_id))).toEqual([ids.failed, ids.parked]);
  await api.db.pool.query("UPDATE deliveries SET status = 'failed', channel = 'email' WHERE id = $1", [ids.reply]);
  await api.db.pool.query(
    "UPDATE messages SET deleted_at = now() WHERE id = (SELECT message_id FROM deliveries WHERE id = $1)",
    [ids.reply],
  );
  for (const name of ["sent", "pending", "reply"]) {
    const answer = await call("POST", `${ids[name]}/retry/`, {});
    expect([name, answer.status, answer.body.status]).toEqual([name, 409, "not_retriable"]);
  }
});

it.each(["status=dead", "channel=fax", "webhook_id=x", "conversation_id=-1", "limit=0", "cursor=x"])(
  "400: %s",
  async (query) => {
    const answer = await call("GET", `?${query}`);
    expect([answer.status, answer.body.status]).toEqual([400, "invalid_query"]);
  },
);

it("403: agents and customers; 404: no such delivery", async () => {
  for (const token of [api.tokens.agent, api.tokens.customer]) {
    expect((await call("GET", "", undefined, token)).status).toBe(403);
    expect((await call("GET", `${ids.sent}/`, undefined, token)).status).toBe(403);
    expect((await call("POST", `${ids.sent}/retry/`, {}, token)).status).toBe(403);
  }
  for (const id of ["987654", "x"]) {
    expect((await call("GET", `${id}/`)).body.status).toBe("delivery_not_found");
    expect((await call("POST", `${id}/retry/`, {})).body.status).toBe("delivery_not_found");
  }
});
