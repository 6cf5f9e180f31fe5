import { afterAll, beforeAll, expect, it } from "vitest";
import {
  newWebhookSchema,
  webhookPageSchema,
  webhookReplayedSchema,
  webhookSchema,
  webhookTestedSchema,
} from "../../../src/contract/http/webhooks.js";
import { webhooksMax } from "../../../src/domain/webhook-events.js";
import { type ApiUnderTest, people, startApi } from "../api-under-test.js";

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi({ OUTBOUND_ALLOW: ["10.1.0.0/16", "receiver.internal:8080"] });
});
afterAll(() => api.drop());

const url = "https://hooks.example.com/desk?key=very-secret";
const call = (method: string, path = "", body?: unknown, token = api.tokens.admin, headers = {}) =>
  api.call(method, `/api/webhooks/${path}`, body, { token, headers });
const make = async (body: object = {}) => newWebhookSchema.parse((await call("POST", "", { url, ...body })).body);
const acts = async (id: number) =>
  (
    await api.db.pool.query(
      "SELECT action, before, after FROM audit_log WHERE subject_kind = 'webhook' AND subject_id = $1 ORDER BY id",
      [String(id)],
    )
  ).rows;

it("201: a webhook with its secret, shown once, kept sealed, in no log", async () => {
  const made = await make({
    name: "shop",
    events: ["message_new", "message:new", "message_new"],
    reply_channels: ["sms"],
  });
  expect(made).toMatchObject({
    ...{ name: "shop", url, events: ["message_new", "message:new"], reply_channels: ["sms"], queues: [], reasons: [] },
    ...{ enabled: true, disabled_reason: null, circuit: "closed", failures: 0, created_by: people.admin },
  });
  expect(Buffer.from(made.secret.replace(/^whsec_/, ""), "base64")).toHaveLength(32);
  const read = webhookSchema.parse((await call("GET", `${made.id}/`)).body);
  expect(read).not.toHaveProperty("secret");
  const { rows } = await api.db.pool.query(
    "SELECT webhooks::text, (SELECT json_agg(a) FROM audit_log a)::text FROM webhooks",
  );
  for (const text of [JSON.stringify(read), JSON.stringify(rows), api.logLines.join("\n")])
    expect(text).not.toContain(made.secret);
  expect(JSON.stringify(await acts(made.id))).not.toContain("very-secret");
});

it("201: an Idempotency-Key gives the same secret again, and one webhook", async () => {
  const twice = () => call("POST", "", { url, name: "twice" }, api.tokens.admin, { "idempotency-key": "hook twice" });
  const [first, second] = [await twice(), await twice()];
  expect(second.body).toEqual(first.body);
  const { rows } = await api.db.pool.query("SELECT 1 FROM webhooks WHERE name = 'twice'");
  expect(rows).toHaveLength(1);
});

it("200: list in pages, change, disable and enable; each is audited", async () => {
  const made = await make({ events: ["read"] });
  const first = webhookPageSchema.parse((await call("GET", "?limit=1")).body);
  const rest = webhookPageSchema.parse((await call("GET", `?limit=200&cursor=${first.next}`)).body);
  expect([...first.results, ...rest.results].map(({ id }) => id)).toContain(made.id);
  const disabled = await call("PATCH", `${made.id}/`, { enabled: false, name: "quiet" });
  expect(webhookSchema.parse(disabled.body)).toMatchObject({
    enabled: false,
    disabled_reason: "An admin disabled it.",
    name: "quiet",
  });
  await api.db.pool.query(
    "UPDATE webhooks SET failures = 7, circuit_opens = 1, circuit_open_until = now() + interval '1 hour'",
  );
  await api.db.pool.query("UPDATE sequencer SET last_seq = last_seq + 5");
  const enabled = webhookSchema.parse((await call("PATCH", `${made.id}/`, { enabled: true })).body);
  expect(enabled).toMatchObject({
    enabled: true,
    circuit: "closed",
    failures: 0,
    position: made.position + 5,
    events: ["read"],
  });
  expect(await acts(made.id)).toMatchObject([
    { action: "webhook.create" },
    { action: "webhook.update", before: { enabled: true, name: "" }, after: { enabled: false, name: "quiet" } },
    { action: "webhook.update", after: { enabled: true } },
  ]);
});

it("200: another secret, and the one before for a while; 202: a test; 204: removed", async () => {
  const made = await make();
  const rotated = newWebhookSchema.parse((await call("POST", `${made.id}/rotate-secret/`)).body);
  expect(rotated.secret).not.toBe(made.secret);
  expect(Date.parse(rotated.previous_secret_until ?? "") - Date.now()).toBeGreaterThan(23 * 3_600_000);
  const none = newWebhookSchema.parse((await call("POST", `${made.id}/rotate-secret/`, { overlap_hours: 0 })).body);
  expect(none.previous_secret_until).toBeNull();
  const tested = await call("POST", `${made.id}/test/`);
  expect(tested.status).toBe(202);
  const { delivery_id } = webhookTestedSchema.parse(tested.body);
  const delivery = await api.call("GET", `/api/deliveries/${delivery_id}/`, undefined, { token: api.tokens.admin });
  expect(delivery.body).toMatchObject({
    kind: "test",
    status: "pending",
    webhook_id: made.id,
    attempts: 0,
    recent: [],
  });
  expect((await call("DELETE", `${made.id}/`)).status).toBe(204);
  expect((await call("GET", `${made.id}/`)).status).toBe(404);
  expect(
    (await api.call("GET", `/api/deliveries/${delivery_id}/`, undefined, { token: api.tokens.admin })).status,
  ).toBe(404);
});

it("200: a replay counts what is sent again", async () => {
  await api.db.pool.query(`
    INSERT INTO events (seq, stream, pos, type, payload, created_at)
    SELECT 1000 + n, 'agents', n, CASE n WHEN 2 THEN 'message_deleted' ELSE 'message_new' END, '{"message_id": 1}', now()
    FROM generate_series(1, 4) n;
    UPDATE sequencer SET last_seq = 1004`);
  const made = await make({ events: ["message_new"] });
  const replay = async (body: object) =>
    webhookReplayedSchema.parse((await call("POST", `${made.id}/replay/`, body)).body);
  expect(await replay({ since: 1001 })).toEqual({ replayed: 2, up_to: 1004, complete: true });
  expect(await replay({ stream: "agents", since: 0 })).toEqual({ replayed: 3, up_to: 1004, complete: true });
  expect(await replay({ stream: "agents", since: 4 })).toEqual({ replayed: 0, up_to: null, complete: true });
  const { rows } = await api.db.pool.query(
    "SELECT event_seq, stable_id, status FROM deliveries WHERE webhook_id = $1 ORDER BY id",
    [made.id],
  );
  expect(rows.map((row) => row.event_seq)).toEqual([1001, 1003, 1004]);
  expect(rows[0].stable_id).toMatch(/^evt_[0-9a-f]{12}_1001$/);
});

it.each([
  ["no address", { url: undefined }],
  ["no address at all", { url: "nonsense" }],
  ["another protocol", { url: "ftp://hooks.example.com/" }],
  ["a file", { url: "file:///etc/passwd" }],
  ["a user name", { url: "https://me:secret@hooks.example.com/" }],
  ["a private address", { url: "http://192.168.0.1/" }],
  ["this machine", { url: "http://127.0.0.1:8000/" }],
  ["this machine in other words", { url: "http://2130706433/" }],
  ["this machine by name", { url: "http://localhost/" }],
  ["the cloud's metadata", { url: "http://169.254.169.254/latest/" }],
  ["this machine in IPv6", { url: "http://[::1]/" }],
  ["this machine, mapped", { url: "http://[::ffff:127.0.0.1]/" }],
  ["a name without a dot", { url: "http://postgres/" }],
  ["a port that is not the web's", { url: "http://hooks.example.com:25/" }],
  ["an address that is too long", { url: `https://hooks.example.com/${"x".repeat(2000)}` }],
  ["an event that is none", { events: ["room_freed"] }],
  ["events that are no list", { events: "read" }],
  ["a blank queue", { queues: [" "] }],
  ["too many channels", { reply_channels: Array.from({ length: 101 }, (_, n) => `c${n}`) }],
  ["a name that is too long", { name: "x".repeat(201) }],
])("400: %s", async (_, body) => {
  const answer = await call("POST", "", { url, ...body });
  expect([answer.status, answer.body.status]).toEqual([400, "invalid_body"]);
  const made = await make();
  if ("url" in body && body.url) expect((await call("PATCH", `${made.id}/`, body)).status).toBe(400);
  await call("DELETE", `${made.id}/`);
});

it("201: private ones that OUTBOUND_ALLOW names", async () => {
  for (const allowed of ["http://10.1.2.3/", "http://receiver.internal:8080/x"]) {
    expect((await call("POST", "", { url: allowed })).status).toBe(201);
  }
  expect((await call("POST", "", { url: "http://10.2.0.1/" })).status).toBe(400);
  expect((await call("POST", "", { url: "http://receiver.internal/" })).status).toBe(400);
});

it.each([
  ["rotate-secret/", { overlap_hours: 200 }],
  ["rotate-secret/", { overlap_hours: "1" }],
  ["replay/", {}],
  ["replay/", { since: -1 }],
  ["replay/", { since: 1.5 }],
  ["replay/", { since: 0, stream: "x".repeat(101) }],
])("400: %s %j", async (path, body) => {
  const made = await make();
  expect((await call("POST", `${made.id}/${path}`, body)).body.status).toBe("invalid_body");
});

it("403: agents and customers; 404: no such webhook", async () => {
  const { id } = await make();
  const calls = [
    ["GET", ""],
    ["POST", "", { url }],
    ["GET", `${id}/`],
    ["PATCH", `${id}/`, {}],
    ["DELETE", `${id}/`],
    ["POST", `${id}/test/`],
    ["POST", `${id}/rotate-secret/`],
    ["POST", `${id}/replay/`, { since: 0 }],
  ] as const;
  for (const [method, path, body] of calls) {
    for (const token of [api.tokens.agent, api.tokens.customer]) {
      expect((await call(method, path, body, token)).status, `${method} ${path}`).toBe(403);
    }
    if (!path.includes(String(id))) continue;
    for (const unknown of ["987654", "x"]) {
      const answer = await call(method, path.replace(String(id), unknown), body);
      expect([path, answer.status, answer.body.status]).toEqual([path, 404, "webhook_not_found"]);
    }
  }
});

it("409: as many as a desk may have", async () => {
  await api.db.pool.query(
    "INSERT INTO webhooks (url, secret) SELECT 'https://x.example/', '' FROM generate_series(1, $1)",
    [webhooksMax],
  );
  const answer = await call("POST", "", { url });
  expect([answer.status, answer.body.status]).toEqual([409, "too_many_webhooks"]);
});
