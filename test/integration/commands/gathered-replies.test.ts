import { afterAll, beforeAll, expect, test } from "vitest";
import { claimTicket } from "../../../src/commands/claim-ticket.js";
import { GatheredReplies } from "../../../src/commands/gathered-replies.js";
import { replyToTicket } from "../../../src/commands/reply-to-ticket.js";
import { bindDatabase } from "../../../src/db/bound-database.js";
import type { Actor } from "../../../src/domain/policy.js";
import { admin, type Desk, openDesk, ticketRow } from "../../support/desk.js";
import { createTestDatabase, type TestDatabase } from "../../support/test-database.js";
import { until } from "../../support/until.js";

type Agent = Actor & { id: number };

let test_: TestDatabase;
let desk: Desk;

beforeAll(async () => {
  test_ = await createTestDatabase(8);
  desk = await openDesk(test_.db);
  // No id is another's, and none is a small number: then what was written can be told by names.
  const tables = ["users", "conversations", "messages", "tickets", "deliveries", "assignments", "outbox"];
  for (const [n, table] of tables.entries()) {
    await test_.db.pool.query(`SELECT setval(pg_get_serial_sequence($1, 'id'), $2)`, [table, (n + 1) * 1_000_000]);
  }
});
afterAll(async () => {
  await desk.close();
  await test_.drop();
});

/** A flush tells how many replies it held, and with what it ended. */
const open = () => {
  const flushes: { replies: number; error: unknown }[] = [];
  const woken = { times: 0 };
  const replies = new GatheredReplies({
    db: test_.db,
    wake: () => woken.times++,
    flushRows: 256,
    queueMax: 1000,
    onFlush: (count, _seconds, error) => flushes.push({ replies: count, error }),
  });
  return { replies, flushes, woken };
};

const as = (agent: Actor, requestId: string) => ({ ...desk.as(agent), requestId });

/** A ticket that the agent has claimed. */
const owned = async (agent: Agent) => {
  const ticketId = await desk.message();
  await claimTicket(desk.as(agent), { ticketId, agentId: agent.id });
  return ticketId;
};

/** All that a reply writes about a ticket, with the names of what differs from ticket to ticket in place of its value. */
const written = async (ticketId: number) => {
  const { id, conversation_id, customer_id, ...ticket } = await ticketRow(test_.db, ticketId);
  const rows = async (text: string, values: unknown[] = [ticketId]) =>
    (await test_.db.pool.query(`SELECT to_jsonb(x) AS row FROM (${text}) x`, values)).rows.map(({ row }) => row);
  const all = {
    ticket: [{ ...ticket, opening_message_id: 0 }],
    reply: await rows("SELECT m.* FROM messages m JOIN tickets t ON t.reply_message_id = m.id WHERE t.id = $1"),
    talk: await rows("SELECT * FROM conversations WHERE id = $1", [conversation_id]),
    customer: await rows("SELECT open_tickets FROM customers WHERE id = $1", [customer_id]),
    seats: await rows(
      "SELECT role, unread_count, talk_at IS NOT NULL AS placed FROM participants WHERE conversation_id = $1 ORDER BY role",
      [conversation_id],
    ),
    history: await rows("SELECT * FROM assignments WHERE ticket_id = $1 AND why = 'reply'"),
    delivery: await rows("SELECT * FROM deliveries WHERE ticket_id = $1"),
    told: await rows(
      `SELECT o.* FROM outbox o WHERE o.request_id LIKE 'reply%'
         AND (o.stream = 'conversation:' || $1 OR (o.payload->>'message_id')::bigint = $2) ORDER BY o.id`,
      [conversation_id, id],
    ),
  };
  const names = new Map<unknown, string>([
    [ticketId, "ticket"],
    [conversation_id, "talk"],
    [customer_id, "customer"],
    ...[...all.reply, ...all.delivery, ...all.history, ...all.told].map((row) => [row.id, "own"] as [unknown, string]),
  ]);
  const time = /^\d{4}-\d\d-\d\dT/;
  return JSON.parse(
    JSON.stringify(all, (key, value) => {
      if (names.has(value)) return names.get(value);
      if (typeof value !== "string") return value;
      if (key === "stable_id") return value.replace(/[0-9a-f]{32}/, "its own");
      if (time.test(value)) return key === "sent_at" && value.endsWith("Z") ? "iso" : "time";
      return value.replace(`conversation:${conversation_id}`, "conversation:talk");
    }),
  );
};

test("replies at once are one flush: each stored and told as replyToTicket stores and tells alone", async () => {
  const { replies, flushes, woken } = open();
  const agents = [await desk.agent(), await desk.agent(), await desk.agent()];
  const ticketIds = await Promise.all(agents.map(owned));
  const text = '<b>é</b> \\ "q"\n';
  const answers = await Promise.all(
    agents.map((agent, n) =>
      replies.reply(as(agent, "reply"), {
        ...{ ticketId: ticketIds[n] ?? 0, agentId: agent.id, text, version: n === 1 ? 2 : undefined },
      }),
    ),
  );
  expect(answers.map(({ ticketId }) => ticketId)).toEqual(ticketIds);
  expect(flushes).toEqual([{ replies: 3, error: null }]);
  expect(woken.times).toBe(1);
  const agent = agents[0] as Agent;
  const alone = await owned(agent);
  await replyToTicket(as(agent, "reply"), { ticketId: alone, agentId: agent.id, text });
  const expected = await written(alone);
  expect(expected.told.map((row: { type: string; stage: string | null }) => [row.type, row.stage])).toEqual([
    ["message:new", "deliver"],
    ["message_update", "assign"],
    ["ticket", null],
  ]);
  expect(expected.ticket[0]).toMatchObject({ status: "closed", version: 3, assignee_id: agent.id });
  expect(await written(ticketIds[0] ?? 0)).toEqual(expected);
  for (const [n, ticketId] of ticketIds.entries()) {
    expect(await ticketRow(test_.db, ticketId)).toMatchObject({ status: "closed", assignee_id: agents[n]?.id });
  }
});

test("what is refused is refused alone, with its own words, and nothing of it is written", async () => {
  const { replies, flushes } = open();
  const [ann, ben] = [await desk.agent(), await desk.agent()];
  const mine = await Promise.all([owned(ann), owned(ann), owned(ann)]);
  const [waiting, bens, another] = [await desk.message(), await owned(ben), await owned(ben)];
  const say = (actor: Actor, ticketId: number, agentId: number, version?: number) =>
    replies.reply(as(actor, "refused"), { ticketId, agentId, text: "So.", version });
  await say(ann, mine[1] ?? 0, ann.id);
  const outcomes = await Promise.allSettled([
    say(ann, mine[0] ?? 0, ann.id, 2),
    say(ann, mine[1] ?? 0, ann.id),
    say(ann, mine[2] ?? 0, ann.id, 1),
    say(ann, waiting, ann.id),
    say(ann, bens, ann.id),
    say(ann, 999_999_999, ann.id),
    say(ann, bens, ben.id),
    say(admin, waiting, ann.id),
    say(ben, another, ben.id),
  ]);
  expect(outcomes.map((one) => (one.status === "fulfilled" ? "closed" : one.reason.code))).toEqual([
    "closed",
    "already_closed",
    "stale_version",
    "not_claimed",
    "not_assigned_to_you",
    "message_not_found",
    "not_your_agent",
    "not_claimed",
    "closed",
  ]);
  // Who replies in another's name goes alone from the start.
  expect(flushes.map((flush) => flush.replies)).toEqual([1, 7]);
  const { rows } = await test_.db.pool.query(
    "SELECT count(*)::int AS said FROM messages WHERE text = 'So.' AND sender_id = ANY($1)",
    [[ann.id, ben.id]],
  );
  expect(rows).toEqual([{ said: 3 }]);
});

test("two to one ticket in one flush: the first is said, the second finds it closed", async () => {
  const { replies } = open();
  const agent = await desk.agent();
  const ticketId = await owned(agent);
  const say = (text: string) => replies.reply(desk.as(agent), { ticketId, agentId: agent.id, text });
  const outcomes = await Promise.allSettled([say("first"), say("second")]);
  expect(outcomes[0]?.status).toBe("fulfilled");
  expect(outcomes[1]).toMatchObject({ reason: { code: "already_closed" } });
});

test("one whose data makes the flush fail, fails alone", async () => {
  const { replies, flushes } = open();
  const agent = await desk.agent();
  const [good, bad] = [await owned(agent), await owned(agent)];
  const outcomes = await Promise.allSettled(
    [good, bad].map((ticketId) =>
      replies.reply(desk.as(agent), { ticketId, agentId: agent.id, text: ticketId === bad ? "a NUL \u0000" : "Done." }),
    ),
  );
  expect(flushes).toMatchObject([{ replies: 2, error: { code: expect.stringMatching(/^22/) } }]);
  expect(outcomes.map((one) => one.status)).toEqual(["fulfilled", "rejected"]);
  expect(await ticketRow(test_.db, bad)).toMatchObject({ status: "in_progress", reply_message_id: null });
});

test("a ticket that somebody holds is waited for by its own reply, and by no others", async () => {
  const { replies } = open();
  const agent = await desk.agent();
  const [held, free] = [await owned(agent), await owned(agent)];
  const client = await test_.db.pool.connect();
  let isSaid = false;
  try {
    await client.query("BEGIN");
    await client.query("SELECT 1 FROM tickets WHERE id = $1 FOR NO KEY UPDATE", [held]);
    const say = (ticketId: number) => replies.reply(desk.as(agent), { ticketId, agentId: agent.id, text: "Done." });
    const waits = say(held).then(() => {
      isSaid = true;
    });
    await say(free);
    await until(async () => {
      const { rows } = await test_.db.pool.query(
        "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
      );
      return rows.length === 1;
    }, "the lock");
    expect(isSaid).toBe(false);
    await client.query("COMMIT");
    await waits;
  } finally {
    client.release();
  }
  expect(await ticketRow(test_.db, held)).toMatchObject({ status: "closed" });
});

test("within the caller's own transaction it is part of that", async () => {
  const { replies, flushes } = open();
  const agent = await desk.agent();
  const ticketId = await owned(agent);
  const client = await test_.db.pool.connect();
  try {
    await client.query("BEGIN");
    const bound = { ...desk.as(agent), db: bindDatabase(client) };
    await replies.reply(bound, { ticketId, agentId: agent.id, text: "undone" });
    await client.query("ROLLBACK");
  } finally {
    client.release();
  }
  expect(flushes).toEqual([]);
  expect(await ticketRow(test_.db, ticketId)).toMatchObject({ status: "in_progress" });
});

test("each row is found by its key, however many there are", async () => {
  const { replies } = open();
  const agent = await desk.agent();
  for (let n = 0; n < 8; n++) {
    await replies.reply(desk.as(agent), { ticketId: await owned(agent), agentId: agent.id, text: "young" });
  }
  await test_.db.pool.query(`
    WITH talks AS (INSERT INTO conversations (kind, last_seq) SELECT 'support', 1 FROM generate_series(1, 5000) RETURNING id),
         said AS (INSERT INTO messages (conversation_id, seq, text) SELECT id, 1, 'x' FROM talks RETURNING id, conversation_id)
    INSERT INTO tickets (conversation_id, customer_id, opening_message_id, due_at, status, assignee_id, assigned_at)
    SELECT conversation_id, (SELECT min(id) FROM customers), id, now(), 'in_progress', ${agent.id}, now() FROM said`);
  await test_.db.pool.query("ANALYZE conversations, tickets, messages");
  const ticketId = await owned(await desk.agent());
  const { assignee_id } = await ticketRow(test_.db, ticketId);
  const client = await test_.db.pool.connect();
  try {
    await client.query("BEGIN");
    const look = `SELECT sum(seq_scan)::int AS scans, sum(seq_tup_read + idx_tup_fetch)::int AS rows
                  FROM pg_stat_xact_user_tables WHERE relname IN ('conversations', 'tickets', 'messages', 'users')`;
    const before = (await client.query(look)).rows[0];
    const message = { text: "x", sender: { id: assignee_id } };
    const reply = { ticket_id: ticketId, agent_id: assignee_id, version: 2, message, request_id: null };
    const { rows } = await client.query("SELECT replied FROM reply_together($1::jsonb)", [JSON.stringify([reply])]);
    expect(rows).toEqual([{ replied: true }]);
    const after = (await client.query(look)).rows[0];
    await client.query("ROLLBACK");
    expect(after.scans).toBe(before.scans);
    expect(after.rows - before.rows).toBeLessThan(40);
  } finally {
    client.release();
  }
});
