import { sql } from "kysely";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { claimTicket } from "../../../src/commands/claim-ticket.js";
import { transact } from "../../../src/commands/context.js";
import { giveBackTickets } from "../../../src/commands/give-back-tickets.js";
import { replyToTicket } from "../../../src/commands/reply-to-ticket.js";
import { snoozeTicket } from "../../../src/commands/snooze-ticket.js";
import { takeBackLeases } from "../../../src/commands/take-back-leases.js";
import { lockAgent } from "../../../src/db/queries/lock-agent.js";
import { auditOwners, noFaults } from "../../support/audit.js";
import { type Desk, limits, openDesk, ticketRow, toldOf } from "../../support/desk.js";
import { createTestDatabase, type TestDatabase } from "../../support/test-database.js";
import { until } from "../../support/until.js";

let database: TestDatabase;
let desk: Desk;
beforeAll(async () => {
  database = await createTestDatabase(20);
  desk = await openDesk(database.db);
});
afterAll(async () => {
  expect(await auditOwners(database.db)).toEqual(noFaults);
  await desk.close();
  await database.drop();
});
beforeEach(async () => {
  await run("DELETE FROM conversations");
  await run("DELETE FROM agent_liveness");
  await run("UPDATE system SET heartbeat_at = now(), gap_ended_at = now() - interval '1 day'");
});

const run = (text: string) => database.db.pool.query(text);
const ctx = () => ({ db: database.db, limits, wake: () => undefined, requestId: "test-request" });
const takeBack = (minutes = 30, limit = 50) => takeBackLeases(ctx(), { minutes, limit });
const agentRow = async (id: number) =>
  (await run(`SELECT availability, availability_by FROM agents WHERE id = ${id}`)).rows[0];

/** An agent that holds tickets, assigned two hours ago; its last socket was seen, and it was heard of, so long ago. */
async function holder(tickets = 1, given: { socketAgo?: string; seenAgo?: string } = {}) {
  const { socketAgo = "1 hour" } = given;
  const { seenAgo = socketAgo } = given;
  const agent = await desk.agent();
  const ids: number[] = [];
  for (let n = 0; n < tickets; n++) {
    const ticketId = await desk.message();
    await claimTicket(desk.as(agent), { ticketId, agentId: agent.id });
    ids.push(ticketId);
  }
  await run(`UPDATE tickets SET assigned_at = now() - interval '2 hours' WHERE assignee_id = ${agent.id}`);
  await run(`UPDATE agents SET availability = 'online', availability_by = 'socket' WHERE id = ${agent.id}`);
  await run(`
    INSERT INTO agent_liveness (agent_id, last_seen_at, socket_seen_at, online_until)
    VALUES (${agent.id}, now() - interval '${seenAgo}', now() - interval '${socketAgo}', now() + interval '1 day')`);
  return { agent, ids, first: ids[0] ?? 0 };
}

describe("the lease", () => {
  test("gives an absent agent's tickets back, age kept, and sets it offline", async () => {
    const { agent, first } = await holder();
    const before = await ticketRow(database.db, first);
    expect(await takeBack()).toEqual({
      tickets: 1,
      agents: [{ agentId: agent.id, availability: "offline", openTickets: 0 }],
      failed: [],
    });
    expect(await ticketRow(database.db, first)).toMatchObject({
      status: "unassigned",
      assignee_id: null,
      assigned_at: null,
      preferred_agent_id: null,
      version: before.version + 1,
      due_at: before.due_at,
      first_unanswered_at: before.first_unanswered_at,
    });
    expect(await agentRow(agent.id)).toEqual({ availability: "offline", availability_by: "system" });
    expect((await toldOf(database.db, first)).slice(-2)).toEqual(["message_update lease", "ticket"]);
    const { rows: jobs } = await run(`SELECT stage, subject_id, request_id FROM outbox
      WHERE type = 'message_update' AND payload->>'reason' = 'lease' AND subject_id = ${first}`);
    expect(jobs).toEqual([{ stage: "assign", subject_id: first, request_id: "test-request" }]);
    const { rows: history } = await run(`SELECT from_agent, to_agent, version FROM assignments
      WHERE ticket_id = ${first} AND why = 'lease'`);
    expect(history).toEqual([{ from_agent: agent.id, to_agent: null, version: before.version + 1 }]);
    expect((await takeBack()).agents).toEqual([]);
  });

  test("leaves what was answered, what is put aside, and what was assigned after the last socket", async () => {
    const { agent, ids } = await holder(4);
    const [answered = 0, snoozed = 0, later = 0, left = 0] = ids;
    await replyToTicket(desk.as(agent), { ticketId: answered, agentId: agent.id, text: "Wait.", keepOpen: true });
    await snoozeTicket(desk.as(agent), { ticketId: snoozed, until: new Date(Date.now() + 3_600_000) });
    await run(`UPDATE tickets SET assigned_at = now() - interval '59 minutes' WHERE id = ${later}`);
    expect(await takeBack()).toMatchObject({ tickets: 1, agents: [{ openTickets: 2 }] });
    const owners = await Promise.all(ids.map(async (id) => (await ticketRow(database.db, id)).assignee_id));
    expect(owners).toEqual([agent.id, agent.id, agent.id, null]);
    expect((await ticketRow(database.db, left)).status).toBe("unassigned");
  });

  test.each([
    ["its last sign of life is younger", { seenAgo: "29 minutes" }, ""],
    ["the desk itself was away until lately", {}, "UPDATE system SET gap_ended_at = now() - interval '29 minutes'"],
    ["the desk's heart stands still", {}, "UPDATE system SET heartbeat_at = now() - interval '31 seconds'"],
    ["it never had a socket", {}, "UPDATE agent_liveness SET socket_seen_at = NULL"],
    ["it was deleted", {}, "UPDATE agents SET deleted_at = now()"],
  ])("does not end while %s", async (_why, times, change) => {
    const { agent, first } = await holder(1, times);
    if (change) await run(change);
    expect((await takeBack()).agents).toEqual([]);
    expect((await ticketRow(database.db, first)).assignee_id).toBe(agent.id);
    await run("UPDATE agents SET deleted_at = NULL");
  });

  test("covers what was given within 15 s of the last sign of the socket: the relay looks every 5 s", async () => {
    const { ids } = await holder(2);
    const [soon = 0, later = 0] = ids;
    await run(`UPDATE tickets SET assigned_at = now() - interval '1 hour' + interval '14 s' WHERE id = ${soon}`);
    await run(`UPDATE tickets SET assigned_at = now() - interval '1 hour' + interval '16 s' WHERE id = ${later}`);
    expect((await takeBack()).tickets).toBe(1);
    expect((await ticketRow(database.db, soon)).status).toBe("unassigned");
  });

  test("of 0 minutes never ends", async () => {
    await holder(1, { socketAgo: "90 minutes" });
    expect((await takeBack(0)).agents).toEqual([]);
    expect((await takeBack(91)).agents).toEqual([]);
    expect((await takeBack(89)).tickets).toBe(1);
  });

  test("is asked again under the agent's lock", async () => {
    const { agent, first } = await holder();
    const other = await database.db.pool.connect();
    try {
      await other.query("BEGIN");
      await other.query(`SELECT FROM agents WHERE id = ${agent.id} FOR NO KEY UPDATE`);
      const taking = takeBack();
      await until(async () => {
        const { rows } = await run(`SELECT FROM pg_stat_activity WHERE datname = current_database()
          AND wait_event_type = 'Lock' AND query LIKE '%lock-agent%'`);
        return rows.length > 0;
      }, "the lease to wait for the agent");
      await other.query(`UPDATE agent_liveness SET last_seen_at = now() WHERE agent_id = ${agent.id}`);
      await other.query("COMMIT");
      expect((await taking).agents).toEqual([]);
    } finally {
      other.release();
    }
    expect((await ticketRow(database.db, first)).assignee_id).toBe(agent.id);
    expect(await agentRow(agent.id)).toEqual({ availability: "online", availability_by: "socket" });
  });

  test("takes so many agents at a time; one that fails does not keep the others", async () => {
    const bad = await holder();
    const good = await holder(2);
    await run(`
      CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF OLD.assignee_id = ${bad.agent.id} THEN RAISE EXCEPTION 'not this one'; END IF;
        RETURN NEW;
      END $$;
      CREATE TRIGGER refuse BEFORE UPDATE ON tickets FOR EACH ROW EXECUTE FUNCTION refuse()`);
    try {
      expect((await takeBack(30, 1)).failed).toMatchObject([{ agentId: bad.agent.id }]);
      const outcome = await takeBack();
      expect(outcome).toMatchObject({ tickets: 2, agents: [{ agentId: good.agent.id }] });
      expect(outcome.failed).toMatchObject([{ agentId: bad.agent.id, error: { message: "not this one" } }]);
    } finally {
      await run("DROP TRIGGER refuse ON tickets; DROP FUNCTION refuse");
    }
    expect(await agentRow(bad.agent.id)).toEqual({ availability: "online", availability_by: "socket" });
    expect((await takeBack()).agents).toMatchObject([{ agentId: bad.agent.id }]);
  });

  test("against replies and itself: each ticket is answered or given back, once", async () => {
    const { agent, ids } = await holder(15);
    const replies = ids.map((ticketId) =>
      replyToTicket(desk.as(agent), { ticketId, agentId: agent.id, text: "Done." }).then(
        () => "answered",
        () => "refused",
      ),
    );
    const taken = await Promise.all(Array.from({ length: 4 }, () => takeBack()));
    const answers = await Promise.all(replies);
    const rows = await Promise.all(ids.map((id) => ticketRow(database.db, id)));
    expect(rows.map((row) => row.status)).toEqual(
      answers.map((answer) => (answer === "answered" ? "closed" : "unassigned")),
    );
    expect(rows.every((row) => row.version === 3)).toBe(true);
    expect(taken.reduce((sum, { tickets }) => sum + tickets, 0)).toBe(
      answers.filter((answer) => answer === "refused").length,
    );
    expect(taken.flatMap(({ failed }) => failed)).toEqual([]);
  });
});

describe("giving all back", () => {
  test("takes snoozed and answered ones too; only the answered start their age anew", async () => {
    const { agent, ids } = await holder(3);
    const [waiting = 0, snoozed = 0, answered = 0] = ids;
    await snoozeTicket(desk.as(agent), { ticketId: snoozed, until: new Date(Date.now() + 3_600_000) });
    await replyToTicket(desk.as(agent), { ticketId: answered, agentId: agent.id, text: "Wait.", keepOpen: true });
    await run(`UPDATE tickets SET urgency = 50, urgency_level = 'normal', due_at = '2026-01-01', preferred_agent_id = ${agent.id},
      first_unanswered_at = CASE WHEN first_unanswered_at IS NULL THEN NULL ELSE timestamptz '2025-12-31' END`);
    const given = await transact(desk.as(agent), async (tx) => {
      const locked = await lockAgent(tx, agent.id);
      return locked && giveBackTickets(tx, ctx(), locked, { only: "all", why: "agent_deleted" });
    });
    expect(given).toBe(3);
    const [a, b, c] = await Promise.all([waiting, snoozed, answered].map((id) => ticketRow(database.db, id)));
    const old = { due_at: new Date("2026-01-01"), first_unanswered_at: new Date("2025-12-31") };
    const back = { status: "unassigned", assignee_id: null, snoozed_until: null, preferred_agent_id: null };
    expect(a).toMatchObject({ ...back, ...old });
    expect(b).toMatchObject({ ...back, ...old });
    expect(c).toMatchObject(back);
    // 24 h x (1 - 0.5^2) from now on.
    const { rows } = await sql<{ hours: number; age: number }>`
      SELECT extract(epoch FROM due_at - first_unanswered_at)::float / 3600 AS hours,
             extract(epoch FROM now() - first_unanswered_at)::float AS age
      FROM tickets WHERE id = ${answered}`.execute(database.db.kysely);
    expect(rows[0]?.hours).toBeCloseTo(18, 3);
    expect(rows[0]?.age).toBeLessThan(60);
  });
});
