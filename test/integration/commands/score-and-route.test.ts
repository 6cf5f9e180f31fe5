import { afterAll, beforeAll, expect, test } from "vitest";
import { claimTicket } from "../../../src/commands/claim-ticket.js";
import { receiveMessage } from "../../../src/commands/receive-message.js";
import { routeTickets } from "../../../src/commands/route-tickets.js";
import { scoreMessages } from "../../../src/commands/score-messages.js";
import { admin, type Desk, openDesk, ticketRow, toldOf } from "../../support/desk.js";
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

const openingOf = async (ticketId: number) => (await ticketRow(desk.db, ticketId)).opening_message_id;
const updates = async (ticketId: number) =>
  (await toldOf(desk.db, ticketId)).filter((told) => told.startsWith("message_update"));

test("stuck money goes before thanks, and twice is once", async () => {
  const stuck = await desk.message({ body: "My phone was stolen and somebody took all the money from my account!!" });
  const thanks = await desk.message({ body: "Thank you so much" });
  const ids = [await openingOf(stuck), await openingOf(thanks)];
  expect(await scoreMessages(desk.as(admin), ids)).toEqual({ scored: 2, skipped: 0 });
  expect(await scoreMessages(desk.as(admin), ids)).toEqual({ scored: 0, skipped: 2 });
  const [first, second] = [await ticketRow(desk.db, stuck), await ticketRow(desk.db, thanks)];
  expect(first.due_at.getTime()).toBeLessThan(second.due_at.getTime());
  expect(first.urgency).toBeGreaterThan(second.urgency ?? 100);
  expect(first.scored_at).not.toBeNull();
  expect(await updates(stuck)).toEqual(["message_update scored", "message_update routed"]);
  expect(first.routed_at).not.toBeNull();
  expect(await routeTickets(desk.as(admin), [stuck, thanks])).toEqual({ routed: 0, skipped: 2 });
  expect((await ticketRow(desk.db, stuck)).queue).toBe("disputes");
  expect((await ticketRow(desk.db, thanks)).queue).toBe("general");
});

test("an owned ticket gets its urgency and is not routed", async () => {
  const agent = await desk.agent();
  const ticketId = await desk.message();
  await claimTicket(desk.as(agent), { ticketId, agentId: agent.id });
  await scoreMessages(desk.as(admin), [await openingOf(ticketId)]);
  expect(await routeTickets(desk.as(admin), [ticketId])).toEqual({ routed: 0, skipped: 1 });
  expect(await ticketRow(desk.db, ticketId)).toMatchObject({ version: 2, status: "in_progress", routed_at: null });
  expect((await ticketRow(desk.db, ticketId)).urgency).not.toBeNull();
});

test("a follow-up keeps the age, adds urgency, and is scored even when its job comes first", async () => {
  const ticketId = await desk.message({ userId: "burst", body: "I have not received my loan" });
  const opening = await openingOf(ticketId);
  await receiveMessage(desk.as(admin), { userId: "burst", body: "Hello? Any response?", replyTo: ticketId });
  const row = await ticketRow(desk.db, ticketId);
  const followUp = await desk.db.kysely
    .selectFrom("messages")
    .select("id")
    .where("conversation_id", "=", row.conversation_id)
    .where("seq", "=", 2)
    .executeTakeFirstOrThrow();
  await scoreMessages(desk.as(admin), [followUp.id]);
  const scored = await ticketRow(desk.db, ticketId);
  expect(scored.scored_at).not.toBeNull();
  await scoreMessages(desk.as(admin), [opening]);
  const after = await ticketRow(desk.db, ticketId);
  expect(after.urgency).toBe(scored.urgency);
  expect(after.first_unanswered_at).toEqual(row.first_unanswered_at);
  const alone = await desk.message({ body: "I have not received my loan" });
  await scoreMessages(desk.as(admin), [await openingOf(alone)]);
  expect(after.urgency).toBeGreaterThanOrEqual((await ticketRow(desk.db, alone)).urgency ?? 0);
});

test("the first message's score leaves a ticket with a newer one unscored", async () => {
  const ticketId = await desk.message({ userId: "two", body: "Hi" });
  await receiveMessage(desk.as(admin), { userId: "two", body: "My money was stolen", replyTo: ticketId });
  await scoreMessages(desk.as(admin), [await openingOf(ticketId)]);
  expect((await ticketRow(desk.db, ticketId)).scored_at).toBeNull();
});
