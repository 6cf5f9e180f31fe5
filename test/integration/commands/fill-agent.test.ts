import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { assignWaiting } from "../../../src/commands/assign-waiting.js";
import { claimTicket } from "../../../src/commands/claim-ticket.js";
import { fillAgent } from "../../../src/commands/fill-agent.js";
import { releaseTicket } from "../../../src/commands/release-ticket.js";
import { reopenTicket } from "../../../src/commands/reopen-ticket.js";
import { replyToTicket } from "../../../src/commands/reply-to-ticket.js";
import { snoozeTicket } from "../../../src/commands/snooze-ticket.js";
import { clearDesk, type Desk, fills, openDesk, ticketRow, waitingTickets } from "../../support/desk.js";
import { createTestDatabase, type TestDatabase } from "../../support/test-database.js";

let test_: TestDatabase;
let desk: Desk;
beforeAll(async () => {
  test_ = await createTestDatabase();
  desk = await openDesk(test_.db);
});
afterAll(async () => {
  await desk.close();
  await test_.drop();
});
beforeEach(() => clearDesk(test_.db));

const waiting = (count: number, from: { queue?: string; userId?: string } = {}) => waitingTickets(desk, count, from);

async function goOnline(agentId: number): Promise<void> {
  await test_.db.pool.query("UPDATE agents SET availability = 'online' WHERE id = $1", [agentId]);
  await test_.db.pool.query(
    `INSERT INTO agent_liveness (agent_id, online_until) VALUES ($1, now() + interval '1 hour')
     ON CONFLICT (agent_id) DO UPDATE SET online_until = excluded.online_until`,
    [agentId],
  );
}

async function serve(agentId: number, ...queues: string[]): Promise<void> {
  for (const queue of queues) {
    await test_.db.kysely.insertInto("agent_queues").values({ agent_id: agentId, queue }).execute();
  }
}

const pull = (agentId: number) => fillAgent(fills(test_.db), { agentId, reason: "pull" });
const push = () => assignWaiting(fills(test_.db), new AbortController().signal);
const heldBy = async (agentId: number) =>
  (
    await test_.db.kysely
      .selectFrom("tickets")
      .select("id")
      .where("assignee_id", "=", agentId)
      .where("status", "=", "in_progress")
      .orderBy("due_at")
      .execute()
  ).map((row) => row.id);

test("a pull takes the first fifteen in queue order, a second one takes nothing", async () => {
  const agent = await desk.agent();
  const ids = await waiting(18);
  expect(await pull(agent.id)).toMatchObject({ held: 0, taken: ids.slice(0, 15), capacity: 15 });
  expect(await pull(agent.id)).toMatchObject({ held: 15, taken: [] });
  expect(await heldBy(agent.id)).toEqual(ids.slice(0, 15));
});

test("what a short fill took, lost, and took again when it looked again is told once", async () => {
  const agent = await desk.agent({ capacity: 2 });
  const [first = 0, second = 0] = await waiting(2);
  const other = await test_.db.pool.connect();
  await other.query("BEGIN");
  await other.query("SELECT FROM tickets WHERE id = $1 FOR UPDATE", [second]);
  const ctx = fills(test_.db);
  let looks = 0;
  const losesIt = {
    run: async <T>(look: () => Promise<T>): Promise<T> => {
      const done = await ctx.gate.run(look);
      if (++looks === 1) await releaseTicket(desk.as(agent), { ticketId: first });
      return done;
    },
  } as typeof ctx.gate;
  try {
    const { taken } = await fillAgent({ ...ctx, gate: losesIt }, { agentId: agent.id, reason: "pull" });
    expect(looks).toBeGreaterThan(1);
    expect(taken).toEqual([first]);
  } finally {
    await other.query("ROLLBACK");
    other.release();
  }
});

test("a pull tops up what is missing; snoozed tickets do not count", async () => {
  const agent = await desk.agent({ capacity: 3 });
  const ids = await waiting(5);
  await pull(agent.id);
  await replyToTicket(desk.as(agent), { ticketId: ids[0] ?? 0, agentId: agent.id, text: "Done." });
  await snoozeTicket(desk.as(agent), { ticketId: ids[1] ?? 0, until: new Date(Date.now() + 3_600_000) });
  expect(await pull(agent.id)).toMatchObject({ held: 1, taken: [ids[3], ids[4]] });
});

test("nothing waits: nothing is taken", async () => {
  const agent = await desk.agent();
  expect(await pull(agent.id)).toMatchObject({ held: 0, taken: [] });
});

test.each([0, 1, 1000])("an agent with capacity %i holds no more", async (capacity) => {
  const agent = await desk.agent({ capacity });
  await waiting(4);
  expect((await pull(agent.id)).taken).toHaveLength(Math.min(4, capacity));
});

test("an agent that is deleted or was never there is refused", async () => {
  const agent = await desk.agent();
  await test_.db.pool.query("UPDATE agents SET deleted_at = now() WHERE id = $1", [agent.id]);
  await expect(pull(agent.id)).rejects.toMatchObject({ code: "agent_not_found" });
  await expect(pull(99_999_999)).rejects.toMatchObject({ code: "agent_not_found" });
});

test("each ticket is announced twice, the batch once, and its history says why", async () => {
  const agent = await desk.agent({ name: "Ann" });
  const [first, second] = await waiting(2);
  await test_.db.pool.query("DELETE FROM outbox");
  await pull(agent.id);
  const told = await test_.db.kysely.selectFrom("outbox").select(["stream", "type", "payload", "request_id"]).execute();
  const update = (id: number | undefined) => ({
    message_id: id,
    status: "in_progress",
    assigned_to: agent.id,
    version: 2,
    reason: "pull",
    queue: "general",
  });
  expect(told.filter((row) => row.type === "message_update").map((row) => row.payload)).toEqual([
    update(first),
    update(second),
  ]);
  expect(told.filter((row) => row.type === "ticket").map((row) => row.payload)).toEqual([
    { ticket_id: first, status: "in_progress", assigned_to: { id: agent.id, name: "Ann" }, version: 2 },
    { ticket_id: second, status: "in_progress", assigned_to: { id: agent.id, name: "Ann" }, version: 2 },
  ]);
  expect(told.filter((row) => row.type === "batch_assigned").map((row) => row.payload)).toEqual([
    { agent_id: agent.id, message_ids: [first, second], reason: "pull" },
  ]);
  expect(new Set(told.map((row) => row.request_id))).toEqual(new Set(["test-request"]));
  const history = await test_.db.kysely
    .selectFrom("assignments")
    .selectAll()
    .where("ticket_id", "=", second ?? 0)
    .executeTakeFirstOrThrow();
  expect(history).toMatchObject({ from_agent: null, to_agent: agent.id, why: "pull", version: 2 });
  expect(history.decision).toEqual({ reason: "pull", rule: "queue_order", place: 2, held: 0, capacity: 15 });
});

test("waiting tickets of a customer that the agent serves come first", async () => {
  const agent = await desk.agent({ capacity: 2 });
  const [served] = await waiting(1, { userId: "U-served" });
  await claimTicket(desk.as(agent), { ticketId: served ?? 0, agentId: agent.id });
  await waiting(3);
  const [late] = await waiting(1, { userId: "U-served" });
  await test_.db.pool.query("UPDATE tickets SET due_at = now() + interval '20 hours' WHERE id = $1", [late]);
  const { taken } = await pull(agent.id);
  expect(taken).toEqual([late]);
  const { decision } = await test_.db.kysely
    .selectFrom("assignments")
    .select("decision")
    .where("ticket_id", "=", late ?? 0)
    .executeTakeFirstOrThrow();
  expect(decision).toMatchObject({ rule: "same_customer", place: 1, held: 1 });
});

test("a reopened ticket is offered to its last agent first, and to others all the same", async () => {
  const last = await desk.agent({ capacity: 1 });
  const other = await desk.agent({ capacity: 20 });
  const [reopened] = await waiting(1);
  await claimTicket(desk.as(last), { ticketId: reopened ?? 0, agentId: last.id });
  await replyToTicket(desk.as(last), { ticketId: reopened ?? 0, agentId: last.id, text: "Done." });
  await reopenTicket(desk.as(last), { ticketId: reopened ?? 0 });
  await waiting(3);
  expect((await pull(last.id)).taken).toEqual([reopened]);
  await releaseTicket(desk.as(last), { ticketId: reopened ?? 0 });
  await test_.db.pool.query("UPDATE tickets SET preferred_agent_id = $1 WHERE id = $2", [last.id, reopened]);
  expect((await pull(other.id)).taken).toContain(reopened);
});

test("an agent with a list of queues gets theirs only, in one order over all of them", async () => {
  const agent = await desk.agent({ capacity: 5 });
  await serve(agent.id, "loans", "accounts");
  await waiting(3, { queue: "general" });
  const loans = await waiting(4, { queue: "loans" });
  const accounts = await waiting(3, { queue: "accounts" });
  const due = await test_.db.kysely
    .selectFrom("tickets")
    .select("id")
    .where("id", "in", [...loans, ...accounts])
    .orderBy("due_at")
    .orderBy("id")
    .execute();
  expect((await pull(agent.id)).taken).toEqual(due.slice(0, 5).map((row) => row.id));
});

test("tickets that another transaction holds are passed over, and looked for again", async () => {
  const agent = await desk.agent({ capacity: 3 });
  const ids = await waiting(3);
  const client = await test_.db.pool.connect();
  try {
    await client.query("BEGIN");
    await client.query("SELECT 1 FROM tickets WHERE id = $1 FOR NO KEY UPDATE", [ids[0]]);
    const filling = pull(agent.id);
    for (let taken = 0; taken < 2; ) taken = (await heldBy(agent.id)).length;
    await client.query("COMMIT");
    expect((await filling).taken).toEqual([ids[1], ids[2], ids[0]]);
  } finally {
    client.release();
  }
});

test("a ticket that is deleted while it is being taken is nobody's, and harms no fill", async () => {
  const agent = await desk.agent({ capacity: 3 });
  const ids = await waiting(3);
  const client = await test_.db.pool.connect();
  try {
    await client.query("BEGIN");
    await client.query("DELETE FROM conversations WHERE id = (SELECT conversation_id FROM tickets WHERE id = $1)", [
      ids[1],
    ]);
    const filling = pull(agent.id);
    for (let taken = 0; taken < 2; ) taken = (await heldBy(agent.id)).length;
    await client.query("COMMIT");
    expect((await filling).taken).toEqual([ids[0], ids[2]]);
  } finally {
    client.release();
  }
});

test("a push gives to those who are online, and to nobody whose signs of life have stopped", async () => {
  const [online, offline, ghost] = [await desk.agent(), await desk.agent(), await desk.agent()];
  await goOnline(online.id);
  await goOnline(ghost.id);
  await test_.db.pool.query("UPDATE agent_liveness SET online_until = now() - interval '1 s' WHERE agent_id = $1", [
    ghost.id,
  ]);
  const ids = await waiting(4);
  expect(await push()).toEqual({ assigned: 4, agents: 1 });
  expect(await heldBy(online.id)).toEqual(ids);
  expect([...(await heldBy(offline.id)), ...(await heldBy(ghost.id))]).toEqual([]);
  await expect(fillAgent(fills(test_.db), { agentId: ghost.id, reason: "push" })).resolves.toMatchObject({ taken: [] });
});

test("a push levels the loads, stops at every capacity, and keeps who was considered", async () => {
  const busy = await desk.agent({ name: "Busy", capacity: 4 });
  const idle = await desk.agent({ name: "Idle", capacity: 4 });
  await waiting(2);
  await goOnline(busy.id);
  expect(await push()).toEqual({ assigned: 2, agents: 1 });
  await goOnline(idle.id);
  await waiting(4);
  expect(await push()).toEqual({ assigned: 4, agents: 2 });
  expect([(await heldBy(busy.id)).length, (await heldBy(idle.id)).length]).toEqual([3, 3]);
  const ids = await waiting(5);
  expect((await push()).assigned).toBe(2);
  expect(await push()).toEqual({ assigned: 0, agents: 0 });
  const decisions = await test_.db.kysely
    .selectFrom("assignments")
    .select("decision")
    .where("ticket_id", "in", ids)
    .execute();
  expect(decisions.map((row) => row.decision)).toEqual(
    decisions.map(() =>
      expect.objectContaining({
        reason: "push",
        rule: "queue_order",
        full: 0,
        candidates: [
          expect.objectContaining({ name: expect.any(String), held: 3, capacity: 4 }),
          expect.objectContaining({ held: 3, capacity: 4 }),
        ],
      }),
    ),
  );
});

test("a push serves the queue of an agent behind any backlog that nobody serves", async () => {
  const agent = await desk.agent();
  await serve(agent.id, "loans");
  await goOnline(agent.id);
  await waiting(20, { queue: "general" });
  const loans = await waiting(2, { queue: "loans" });
  expect(await push()).toEqual({ assigned: 2, agents: 1 });
  expect(await heldBy(agent.id)).toEqual(loans);
});

test("a claimed ticket that is released waits again with its age, and a fill takes it", async () => {
  const agent = await desk.agent();
  const [id] = await waiting(1);
  const before = await ticketRow(test_.db, id ?? 0);
  await pull(agent.id);
  await releaseTicket(desk.as(agent), { ticketId: id ?? 0 });
  await pull(agent.id);
  expect(await ticketRow(test_.db, id ?? 0)).toMatchObject({
    due_at: before.due_at,
    first_unanswered_at: before.first_unanswered_at,
    version: 4,
  });
});
