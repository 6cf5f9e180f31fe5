import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { recordAttempts } from "../../../src/commands/record-attempts.js";
import { scoreMessages } from "../../../src/commands/score-messages.js";
import { biteOutbox } from "../../../src/db/queries/bite-outbox.js";
import { type ApiUnderTest, people, startApi } from "../../contract/api-under-test.js";
import { brokenStreams, findInTables } from "../../support/dump.js";

/** One word for each place in which a customer's words and names can be; stemming leaves them as they are. */
const marks = {
  userId: "xquserid",
  name: "xqname",
  email: "xqemail",
  phone: "xqphone",
  attribute: "xqattribute",
  body: "xqbody",
  late: "xqlate",
  followUp: "xqfollowup",
  reply: "xqreply",
  note: "xqnote",
  metadata: "xqmetadata",
  clientId: "xqclientid",
  title: "xqtitle",
  description: "xqdescription",
  reason: "xqreason",
  fault: "xqfault",
  password: "xqpassword",
  answer: "xqanswer",
  stale: "xqstale",
  subject: "xqsubject",
};
const all = Object.values(marks);
const bystander = "xqbystander";

let api: ApiUnderTest;
let customerId: number;
let ticketIds: number[];
let counts: { total: number; assignments: number; messages: number };
beforeAll(async () => {
  api = await startApi();
  await live();
}, 60_000);
afterAll(() => api.drop());

const query = async <T extends object>(text: string, values: unknown[] = []) =>
  (await api.db.pool.query<T>(text, values)).rows;

async function bite(): Promise<void> {
  const client = await api.db.pool.connect();
  try {
    while ((await biteOutbox(client)).length > 0);
  } finally {
    client.release();
  }
}

async function count(table: string, where: string): Promise<number> {
  return Number((await query<{ n: string }>(`SELECT count(*) AS n FROM ${table} WHERE ${where}`))[0]?.n);
}

/** Calls as an admin, each with an Idempotency-Key: what is answered is kept. */
async function ok(method: string, path: string, body: unknown, status = 200) {
  keys.push({ method, path, body });
  const answer = await repeat(keys.length - 1);
  expect([answer.status, answer.body]).toEqual([status, expect.anything()]);
  return answer.body;
}

const keys: { method: string; path: string; body: unknown }[] = [];

function repeat(index: number) {
  const { method, path, body } = keys[index] ?? { method: "", path: "", body: null };
  const headers = { "idempotency-key": `key-${index}` };
  return api.call(method, path, body, { token: api.tokens.admin, headers });
}

/** A customer that has been through all of it, with half of its events in the log and half on their way. */
async function live(): Promise<void> {
  const ctx = { db: api.db, limits: api.deps.config, wake: () => undefined, requestId: null };
  const first = await api.message(`my loan: ${marks.body}`, marks.userId);
  await api.message(`a stranger says ${bystander}`, "stranger");
  customerId = (await query<{ id: number }>("SELECT id FROM customers WHERE user_id = $1", [marks.userId]))[0]?.id ?? 0;
  await ok("PATCH", `/api/customers/${customerId}/`, {
    name: `Ms ${marks.name}`,
    email: `${marks.email}@example.test`,
    phone: marks.phone,
    attributes: { [marks.attribute]: marks.attribute },
  });
  await sql`UPDATE users SET email = ${`${marks.email}@login.test`}, password_hash = ${marks.password},
                             external_issuer = 'https://issuer.test', external_subject = ${marks.subject}
            WHERE id = ${customerId}`.execute(api.db.kysely);
  await sql`INSERT INTO refresh_tokens (token_hash, user_id, expires_at)
            VALUES ('\\x01', ${customerId}, now() + interval '1 day')`.execute(api.db.kysely);
  await ok("POST", `/api/messages/${first}/claim/`, { agent_id: people.agent });
  await ok("POST", `/api/messages/${first}/notes/`, { text: marks.note });
  await ok("PATCH", `/api/messages/${first}/urgency/`, { level: "high", reason: marks.reason });
  await ok("POST", `/api/messages/${first}/reply/`, { agent_id: people.agent, text: `Dear ${marks.reply}` });
  const [delivery] = await query<{ id: number }>("SELECT id FROM deliveries ORDER BY id DESC LIMIT 1");
  await sql`UPDATE deliveries SET attempts = 1, channel = 'email' WHERE id = ${delivery?.id}`.execute(api.db.kysely);
  await recordAttempts(ctx, [
    {
      ...{
        deliveryId: delivery?.id ?? 0,
        attempt: 1,
        webhookId: null,
        ticketId: first,
        requestId: null,
        outOfOrder: false,
      },
      ...{ conversationId: null, durationMs: 1, after: { status: "failed" } },
      outcome: { kind: "refused", error: `no such mailbox ${marks.fault}` },
      request: { to: `${marks.email}@example.test` },
      answer: { body: `no mailbox ${marks.fault}` },
      bounce: { address: `${marks.email}@example.test`, code: 550, answer: `no mailbox ${marks.fault}` },
    },
  ]);
  await bite();
  await ok("POST", "/api/messages/", { user_id: marks.userId, body: marks.followUp, reply_to: first }, 201);
  await ok("POST", "/api/messages/", { user_id: "stranger", body: bystander }, 201);
  const second = await ok(
    "POST",
    "/api/admin/tickets/",
    {
      title: marks.title,
      description: marks.description,
      user_id: marks.userId,
      priority: "critical",
    },
    201,
  );
  await ok("POST", `/api/messages/${second.id}/claim/`, { agent_id: people.agent2 });
  const more = { user_id: marks.userId, body: marks.stale, reply_to: second.id };
  await api.call("POST", "/api/messages/", more, { token: api.tokens.admin });
  const stale = { agent_id: people.agent2, text: "Too late", version: 1 };
  await ok("POST", `/api/messages/${second.id}/reply/`, stale, 409);
  await ok("POST", "/api/agent/tickets/assign/", { agent_id: people.agent2 });
  const third = await api.message(`still waiting, ${marks.late}`, marks.userId);
  ticketIds = [first, second.id, third];
  const said = await query<{ id: number }>("SELECT id FROM messages WHERE sender_id = $1", [customerId]);
  await scoreMessages(
    ctx,
    said.map((row) => row.id),
  );
  await sql`UPDATE messages SET metadata = ${JSON.stringify({ where: marks.metadata })}, client_id = ${marks.clientId}
            WHERE id = (SELECT opening_message_id FROM tickets WHERE id = ${first})`.execute(api.db.kysely);
  for (const said of [
    `{"message":{"id":1,"sender":{"id":${customerId},"name":"${marks.name}","role":"customer"},
       "text":"${marks.answer}","metadata":{"a":"${marks.metadata}"},"client_id":"${marks.clientId}"}}`,
  ]) {
    await sql`INSERT INTO outbox (stream, type, payload)
              SELECT 'conversation:' || conversation_id, 'message:edited', ${said}::jsonb FROM tickets
              WHERE id = ${third}`.execute(api.db.kysely);
  }
  counts = {
    total:
      (await query<{ n: number }>("SELECT total_tickets AS n FROM customers WHERE id = $1", [customerId]))[0]?.n ?? 0,
    assignments: await count("assignments", `ticket_id = ANY('{${ticketIds}}')`),
    messages: await count("messages", "true"),
  };
}

describe("a customer that is erased", () => {
  let rowsBefore: number;
  let eventsBefore: { stream: string; pos: number; type: string }[];
  const places = () =>
    query<{ stream: string; pos: number; type: string }>("SELECT stream, pos, type FROM events ORDER BY seq");

  test("is all over the place before", async () => {
    const found = await findInTables(api.db, all);
    const where = (mark: string) =>
      found.filter((line) => line.endsWith(`: ${mark}`)).map((line) => line.split(":")[0]);
    for (const mark of all) expect(where(mark), mark).not.toEqual([]);
    for (const mark of [marks.body, marks.note, marks.reply]) {
      expect(where(mark)).toEqual(
        expect.arrayContaining(["public.messages", expect.stringMatching(/^public\.events_/)]),
      );
    }
    expect(where(marks.late)).toContain("public.outbox");
    expect(where(marks.body)).toContain("public.urgency_scores");
    for (const mark of [marks.name, marks.body, marks.reply, marks.title, marks.stale]) {
      expect(where(mark)).toContain("public.idempotency_keys");
    }
    rowsBefore = await count("outbox", "true");
    eventsBefore = await places();
  });

  test("answers 204", async () => {
    const answer = await api.call("DELETE", `/api/customers/${customerId}/`, undefined, { token: api.tokens.admin });
    expect([answer.status, answer.body]).toEqual([204, ""]);
  });

  test("is in no table any more, in no column of it", async () => {
    expect(await findInTables(api.db, all)).toEqual([]);
  });

  test("takes nobody else with it", async () => {
    const found = (await findInTables(api.db, [bystander])).map((line) => line.split(":")[0]);
    expect(found).toEqual(
      expect.arrayContaining(["public.messages", "public.idempotency_keys", expect.stringMatching(/^public\.events_/)]),
    );
  });

  test("is not brought back by a call that is repeated with its key", async () => {
    const before = await count("messages", "true");
    for (const [index, { method, path, body }] of keys.entries()) {
      const answer = await repeat(index);
      expect(answer.headers.get("idempotent-replayed"), path).toBe("true");
      const isOf = JSON.stringify(body).includes(bystander) || path.endsWith("/claim/") ? "kept" : "gone";
      expect([method, path, isOf === "gone" ? answer.body.status : isOf]).toEqual([
        method,
        path,
        isOf === "gone" ? "customer_not_found" : isOf,
      ]);
    }
    expect(await count("messages", "true")).toBe(before);
  });

  test("leaves each stream's events at their places, and adds the closing of what was open", async () => {
    expect((await places()).slice(0, eventsBefore.length)).toEqual(eventsBefore);
    // Three tickets were open, and each closing is told to the agents and in its conversation.
    expect(await count("outbox", "true")).toBe(rowsBefore + 6);
    await bite();
    expect(await brokenStreams(api.db)).toEqual([]);
    expect(await findInTables(api.db, all)).toEqual([]);
  });

  test("leaves its counts", async () => {
    const [customer] = await query<Record<string, unknown>>("SELECT * FROM customers WHERE id = $1", [customerId]);
    expect(customer).toMatchObject({ total_tickets: counts.total, open_tickets: 0, email: null, attributes: {} });
    expect(await count("messages", "true")).toBe(counts.messages);
    expect(await count("assignments", `ticket_id = ANY('{${ticketIds}}') AND why <> 'erased'`)).toBe(
      counts.assignments,
    );
    expect(await count("refresh_tokens", `user_id = ${customerId}`)).toBe(0);
  });

  test("is closed, announced, and its agents have room again", async () => {
    for (const id of ticketIds) {
      const { body } = await api.call("GET", `/api/messages/${id}/`, undefined, { token: api.tokens.admin });
      expect(body).toMatchObject({ status: "closed", body: "", customer: { id: customerId, name: "", phone: null } });
    }
    const told = await query<{ payload: Record<string, unknown>; stage: string }>(
      "SELECT payload, stage FROM events WHERE type = 'message_update' AND payload->>'reason' = 'erased' ORDER BY seq",
    );
    expect(told.map(({ payload }) => payload.message_id).sort()).toEqual([...ticketIds].sort());
    for (const { payload, stage } of told) {
      const [ticket] = await query<{ version: number }>("SELECT version FROM tickets WHERE id = $1", [
        payload.message_id,
      ]);
      expect([payload.status, payload.version, stage]).toEqual(["closed", ticket?.version, "assign"]);
    }
    expect(await count("tickets", `id = ANY('{${ticketIds}}') AND status <> 'closed'`)).toBe(0);
  });

  test("is found by no search", async () => {
    for (const mark of [marks.body, marks.reply, marks.name, marks.userId, marks.title]) {
      const { body } = await api.call("GET", `/api/messages/?search=${mark}`, undefined, { token: api.tokens.agent });
      expect(body.results).toEqual([]);
    }
    const { body } = await api.call("GET", `/api/customers/?search=${marks.userId}`, undefined, {
      token: api.tokens.agent,
    });
    expect(body.results).toEqual([]);
  });

  test("is told to sockets and relays", () => {
    expect(api.controls).toContainEqual({ kind: "close_user", userId: customerId, code: 4401, reason: "erased" });
    expect(api.controls).toContainEqual({
      kind: "forget_streams",
      streams: expect.arrayContaining(["agents", expect.stringMatching(/^conversation:/)]),
    });
  });

  test("is in the audit log without its data", async () => {
    const rows = await query<Record<string, unknown>>("SELECT * FROM audit_log WHERE action = 'customer.erase'");
    expect(rows).toEqual([
      expect.objectContaining({
        actor_id: people.admin,
        subject_kind: "customer",
        subject_id: String(customerId),
        before: { open_tickets: 3, total_tickets: 3 },
        after: null,
      }),
    ]);
  });

  test("may be erased again: 204, and nothing happens", async () => {
    const before = await query("SELECT * FROM audit_log");
    const answer = await api.call("DELETE", `/api/customers/${customerId}/`, undefined, { token: api.tokens.admin });
    expect(answer.status).toBe(204);
    expect(await query("SELECT * FROM audit_log")).toEqual(before);
    expect(await count("outbox", "true")).toBe(0);
  });

  test("takes no word any more", async () => {
    const [closed] = ticketIds;
    const call = (method: string, path: string, body: unknown) =>
      api.call(method, path, body, { token: api.tokens.admin });
    for (const [method, path, body] of [
      ["POST", `/api/messages/${closed}/notes/`, { text: marks.note }],
      ["POST", `/api/messages/${closed}/reopen/`, {}],
      ["PATCH", `/api/messages/${closed}/urgency/`, { level: "low", reason: marks.reason }],
      ["PATCH", `/api/admin/tickets/${closed}/`, { title: marks.title }],
      ["POST", `/api/messages/${closed}/reply/`, { agent_id: people.agent, text: marks.reply }],
    ] as const) {
      const answer = await call(method, path, body);
      expect([path, answer.status, answer.body.status]).toEqual([path, 409, "already_closed"]);
    }
    const profile = await call("PATCH", `/api/customers/${customerId}/`, { name: marks.name });
    expect([profile.status, profile.body.status]).toEqual([404, "customer_not_found"]);
    const more = await call("POST", "/api/messages/", { user_id: marks.userId, body: "again", reply_to: closed });
    expect([more.status, more.body.status]).toEqual([404, "message_not_found"]);
    const words = all.filter((mark) => mark !== marks.userId);
    expect(await findInTables(api.db, words)).toEqual([]);
  });

  test("is a new customer when somebody of that id writes again", async () => {
    const { body } = await api.call(
      "POST",
      "/api/messages/",
      { user_id: marks.userId, body: "hello again" },
      { token: api.tokens.admin },
    );
    expect(body.customer).toMatchObject({ user_id: marks.userId, name: "", total_tickets: 1, open_tickets: 1 });
    expect(body.customer.id).not.toBe(customerId);
  });
});
