import { afterAll, beforeAll, expect, test } from "vitest";
import { claimTicket } from "../../src/commands/claim-ticket.js";
import { releaseTicket } from "../../src/commands/release-ticket.js";
import { replyToTicket } from "../../src/commands/reply-to-ticket.js";
import { transferTicket } from "../../src/commands/transfer-ticket.js";
import { Refusal } from "../../src/domain/errors.js";
import { admin, type Desk, openDesk, ticketRow } from "../support/desk.js";
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

test("of seven claims one wins, and six learn who", async () => {
  const agents = await Promise.all(Array.from({ length: 7 }, () => desk.agent()));
  for (let round = 0; round < 25; round++) {
    const ticketId = await desk.message();
    const outcomes = await Promise.all(
      agents.map((agent) => claimTicket(desk.as(agent), { ticketId, agentId: agent.id })),
    );
    const winners = outcomes.filter((outcome) => outcome.kind === "claimed");
    expect(winners).toHaveLength(1);
    const winner = agents.find((agent) => agent.id === winners[0]?.agentId);
    const losers = outcomes.filter((outcome) => outcome.kind !== "claimed");
    expect(losers).toHaveLength(6);
    for (const loser of losers) {
      expect(loser).toMatchObject({ kind: "already_claimed", by: { agentId: winner?.id, name: winner?.name } });
    }
    expect(await ticketRow(desk.db, ticketId)).toMatchObject({ status: "in_progress", version: 2 });
    if (winner) await replyToTicket(desk.as(winner), { ticketId, agentId: winner.id, text: "Done." });
  }
});

test("an agent that claims thirty tickets at once holds its capacity and no more", async () => {
  const agent = await desk.agent({ capacity: 4 });
  const tickets = await Promise.all(Array.from({ length: 30 }, () => desk.message()));
  const outcomes = await Promise.all(
    tickets.map((ticketId) => claimTicket(desk.as(agent), { ticketId, agentId: agent.id })),
  );
  expect(outcomes.filter((outcome) => outcome.kind === "claimed")).toHaveLength(4);
  expect(outcomes.filter((outcome) => outcome.kind === "at_capacity")).toHaveLength(26);
});

test("claims and transfers to one agent together stay within its capacity", async () => {
  const giver = await desk.agent({ capacity: 100 });
  const receiver = await desk.agent({ capacity: 5 });
  const owned = await Promise.all(Array.from({ length: 12 }, () => desk.message()));
  for (const ticketId of owned) await claimTicket(desk.as(giver), { ticketId, agentId: giver.id });
  const free = await Promise.all(Array.from({ length: 12 }, () => desk.message()));
  const results = await Promise.allSettled([
    ...owned.map((ticketId) => transferTicket(desk.as(giver), { ticketId, toAgentId: receiver.id })),
    ...free.map((ticketId) => claimTicket(desk.as(receiver), { ticketId, agentId: receiver.id })),
  ]);
  for (const result of results) {
    if (result.status === "rejected") expect(result.reason).toMatchObject({ code: "at_capacity" });
  }
  const held = await desk.db.kysely
    .selectFrom("tickets")
    .select("id")
    .where("assignee_id", "=", receiver.id)
    .where("status", "=", "in_progress")
    .execute();
  expect(held).toHaveLength(5);
});

test("reply, release and transfer of one ticket at once: one takes place before the others, the rest are refused", async () => {
  for (let round = 0; round < 20; round++) {
    const [owner, other] = [await desk.agent(), await desk.agent()];
    const ticketId = await desk.message();
    await claimTicket(desk.as(owner), { ticketId, agentId: owner.id });
    const results = await Promise.allSettled([
      replyToTicket(desk.as(owner), { ticketId, agentId: owner.id, text: "Answered." }),
      releaseTicket(desk.as(owner), { ticketId }),
      transferTicket(desk.as(admin), { ticketId, toAgentId: other.id }),
    ]);
    for (const result of results) {
      if (result.status === "rejected") expect(result.reason).toBeInstanceOf(Refusal);
    }
    const done = results.filter((result) => result.status === "fulfilled").length;
    const row = await ticketRow(desk.db, ticketId);
    expect(row.version).toBe(2 + done);
    const history = await desk.db.kysely
      .selectFrom("assignments")
      .select("version")
      .where("ticket_id", "=", ticketId)
      .orderBy("version")
      .execute();
    expect(history.map((entry) => entry.version)).toEqual(Array.from({ length: 1 + done }, (_, index) => index + 2));
  }
});
