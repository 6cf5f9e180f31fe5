import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { claimTicket } from "../../src/commands/claim-ticket.js";
import { createTicket } from "../../src/commands/create-ticket.js";
import { deleteAgent } from "../../src/commands/delete-agent.js";
import { deleteTicket } from "../../src/commands/delete-ticket.js";
import { fillAgent } from "../../src/commands/fill-agent.js";
import { scoreMessages } from "../../src/commands/score-messages.js";
import { sellTicket } from "../../src/commands/sell-ticket.js";
import { transferTicket } from "../../src/commands/transfer-ticket.js";
import { updateAgent } from "../../src/commands/update-agent.js";
import { updateTicket } from "../../src/commands/update-ticket.js";
import { auditOwners, noFaults } from "../support/audit.js";
import { admin, type Desk, fills, openDesk, ticketRow } from "../support/desk.js";
import { createTestDatabase, type TestDatabase } from "../support/test-database.js";

let test_: TestDatabase;
let desk: Desk;
beforeAll(async () => {
  test_ = await createTestDatabase(20);
  desk = await openDesk(test_.db);
});
afterAll(async () => {
  await desk.close();
  await test_.drop();
});
afterEach(async () => {
  expect(await auditOwners(test_.db)).toEqual(noFaults);
  await test_.db.pool.query("DELETE FROM conversations");
  await test_.db.pool.query("DELETE FROM outbox");
});

const messages = (count: number) => Promise.all(Array.from({ length: count }, () => desk.message()));
const pull = (agentId: number) => fillAgent(fills(test_.db), { agentId, reason: "pull" });
const codesOf = (outcomes: PromiseSettledResult<unknown>[]) =>
  outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason.code ?? outcome.reason.message] : []));

test("two admins transfer one ticket: one after the other, each seen, and capacities hold", async () => {
  for (let round = 0; round < 10; round++) {
    const [owner, one, two] = [
      await desk.agent(),
      await desk.agent({ capacity: 1 }),
      await desk.agent({ capacity: 1 }),
    ];
    const ticketId = await desk.message();
    await claimTicket(desk.as(owner), { ticketId, agentId: owner.id });
    await Promise.all([one, two].map(({ id }) => transferTicket(desk.as(admin), { ticketId, toAgentId: id })));
    const row = await ticketRow(test_.db, ticketId);
    expect(row.version).toBe(4);
    expect([one.id, two.id]).toContain(row.assignee_id);
  }
});

test("two admins transfer two tickets to an agent with one place: one goes, one is refused", async () => {
  const [owner, last] = [await desk.agent(), await desk.agent({ capacity: 1 })];
  const ids = await messages(2);
  for (const ticketId of ids) await claimTicket(desk.as(owner), { ticketId, agentId: owner.id });
  const outcomes = await Promise.allSettled(
    ids.map((ticketId) => transferTicket(desk.as(admin), { ticketId, toAgentId: last.id })),
  );
  expect(codesOf(outcomes)).toEqual(["at_capacity"]);
});

test("tickets are deleted while they are given out: each is somebody's or gone, and nobody holds a ghost", async () => {
  const ids = await messages(120);
  const agents = await Promise.all(Array.from({ length: 8 }, () => desk.agent()));
  const doomed = ids.filter((_, index) => index % 2 === 0);
  const [fillsDone] = await Promise.all([
    Promise.allSettled(agents.map((agent) => pull(agent.id))),
    Promise.all(doomed.map((ticketId) => deleteTicket(desk.as(admin), { ticketId }))),
  ]);
  expect(codesOf(fillsDone)).toEqual([]);
  const { rows } = await test_.db.pool.query<{ id: number }>("SELECT id FROM tickets ORDER BY id");
  expect(rows.map((row) => row.id)).toEqual(ids.filter((_, index) => index % 2 === 1).sort((a, b) => a - b));
  const { rows: told } = await test_.db.pool.query("SELECT 1 FROM outbox WHERE type = 'message_deleted'");
  expect(told).toHaveLength(doomed.length);
});

test("tickets are deleted while they are scored and claimed", async () => {
  const agent = await desk.agent({ capacity: 1000 });
  const ids = await messages(60);
  const { rows } = await test_.db.pool.query<{ id: number }>("SELECT opening_message_id AS id FROM tickets");
  const outcomes = await Promise.allSettled([
    ...ids.map((ticketId) => deleteTicket(desk.as(admin), { ticketId })),
    ...ids.map((ticketId) => claimTicket(desk.as(agent), { ticketId, agentId: agent.id })),
    ...rows.map((row) => scoreMessages(desk.as(admin), [row.id])),
  ]);
  expect(codesOf(outcomes).filter((code) => code !== "message_not_found")).toEqual([]);
  expect((await test_.db.pool.query("SELECT 1 FROM tickets")).rows).toEqual([]);
});

test("an agent is deleted while it is filled: it ends with nothing, and nothing is lost", async () => {
  for (let round = 0; round < 8; round++) {
    const ids = await messages(20);
    const agent = await desk.agent();
    const outcomes = await Promise.allSettled([
      pull(agent.id),
      deleteAgent(desk.as(admin), { agentId: agent.id }),
      pull(agent.id),
      claimTicket(desk.as(agent), { ticketId: ids[19] ?? 0, agentId: agent.id }),
    ]);
    expect(codesOf(outcomes).filter((code) => !["agent_not_found", "at_capacity"].includes(code))).toEqual([]);
    const { rows } = await test_.db.pool.query("SELECT DISTINCT status FROM tickets");
    expect(rows).toEqual([{ status: "unassigned" }]);
    await test_.db.pool.query("DELETE FROM conversations");
  }
});

test("a capacity is changed while its agent is filled: it never holds more than the larger one", async () => {
  await messages(80);
  const agent = await desk.agent({ capacity: 3 });
  await Promise.all([
    ...Array.from({ length: 6 }, () => pull(agent.id)),
    updateAgent(desk.as(admin), { agentId: agent.id, capacity: 7 }),
    updateAgent(desk.as(admin), { agentId: agent.id, capacity: 9, queues: ["general"] }),
  ]);
  await updateAgent(desk.as(admin), { agentId: agent.id, capacity: 9 });
  expect((await pull(agent.id)).held).toBeLessThanOrEqual(9);
});

test("a ticket is sold by its owner while an admin deletes or transfers it: one outcome, once", async () => {
  for (let round = 0; round < 10; round++) {
    const [owner, other] = [await desk.agent(), await desk.agent()];
    const ticketId = await desk.message();
    await claimTicket(desk.as(owner), { ticketId, agentId: owner.id });
    const outcomes = await Promise.allSettled([
      sellTicket(desk.as(owner), { ticketId, agentId: owner.id }),
      round % 2 === 0
        ? deleteTicket(desk.as(admin), { ticketId })
        : transferTicket(desk.as(admin), { ticketId, toAgentId: other.id }),
    ]);
    const codes = codesOf(outcomes);
    expect(codes.every((code) => ["ticket_not_found", "already_closed", "not_assigned_to_you"].includes(code))).toBe(
      true,
    );
    expect(codes.length).toBeLessThanOrEqual(1);
  }
});

test("a description that is edited while it is scored ends with the score of its last text", async () => {
  const alarming = "My phone was stolen and somebody takes money from my account right now, please block it!";
  for (let round = 0; round < 15; round++) {
    const { ticketId } = await createTicket(desk.as(admin), { title: "t", description: "Thank you, all is well." });
    const { opening_message_id: messageId } = await ticketRow(test_.db, ticketId);
    await Promise.all([
      scoreMessages(desk.as(admin), [messageId]),
      updateTicket(desk.as(admin), { ticketId, description: alarming }),
      scoreMessages(desk.as(admin), [messageId]),
    ]);
    // The job that the edit asked for.
    await scoreMessages(desk.as(admin), [messageId]);
    const row = await ticketRow(test_.db, ticketId);
    expect(row.urgency).toBeGreaterThanOrEqual(50);
    expect(row.scored_at).not.toBeNull();
  }
});
