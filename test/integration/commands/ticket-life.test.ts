import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { addNote } from "../../../src/commands/add-note.js";
import { createCanned } from "../../../src/commands/canned-replies.js";
import { claimTicket } from "../../../src/commands/claim-ticket.js";
import { correctUrgency } from "../../../src/commands/correct-urgency.js";
import { receiveMessage } from "../../../src/commands/receive-message.js";
import { releaseTicket } from "../../../src/commands/release-ticket.js";
import { reopenTicket } from "../../../src/commands/reopen-ticket.js";
import { replyToTicket } from "../../../src/commands/reply-to-ticket.js";
import { replyWithCanned } from "../../../src/commands/reply-with-canned.js";
import { snoozeTicket } from "../../../src/commands/snooze-ticket.js";
import { transferTicket } from "../../../src/commands/transfer-ticket.js";
import { wakeSnoozed } from "../../../src/commands/wake-snoozed.js";
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

async function claimed(options: { userId?: string; capacity?: number } = {}) {
  const agent = await desk.agent(options.capacity === undefined ? {} : { capacity: options.capacity });
  const ticketId = await desk.message(options.userId === undefined ? {} : { userId: options.userId });
  await claimTicket(desk.as(agent), { ticketId, agentId: agent.id });
  return { agent, ticketId };
}

describe("a reply", () => {
  test("closes, tells everybody, and goes out once", async () => {
    const { agent, ticketId } = await claimed();
    await replyToTicket(desk.as(agent), { ticketId, agentId: agent.id, text: "Within 24 hours." });
    const row = await ticketRow(desk.db, ticketId);
    expect(row).toMatchObject({ status: "closed", assignee_id: agent.id, version: 3, first_unanswered_at: null });
    expect(await toldOf(desk.db, ticketId)).toEqual([
      "message_new",
      "message:new",
      "message_update claim",
      "ticket",
      "message:new",
      "message_update reply",
      "ticket",
    ]);
    const { rows } = await sql`SELECT channel, status FROM deliveries WHERE ticket_id = ${ticketId}`.execute(
      desk.db.kysely,
    );
    expect(rows).toEqual([{ channel: "socket", status: "pending" }]);
  });

  test("is refused in the order of the contract", async () => {
    const { agent, ticketId } = await claimed();
    const other = await desk.agent();
    const waiting = await desk.message();
    const reply = (who: typeof agent, id: number) =>
      replyToTicket(desk.as(who), { ticketId: id, agentId: who.id, text: "Hi" });
    await expect(reply(agent, 999_999)).rejects.toMatchObject({ code: "message_not_found" });
    await expect(reply(agent, waiting)).rejects.toMatchObject({ code: "not_claimed" });
    await expect(reply(other, ticketId)).rejects.toMatchObject({
      code: "not_assigned_to_you",
      facts: { by: agent.name },
    });
    await expect(
      replyToTicket(desk.as(other), { ticketId, agentId: agent.id, text: "As another" }),
    ).rejects.toMatchObject({ code: "not_your_agent" });
    await reply(agent, ticketId);
    await expect(reply(agent, ticketId)).rejects.toMatchObject({ code: "already_closed" });
    await expect(reply(other, ticketId)).rejects.toMatchObject({ code: "already_closed" });
  });

  test("that has not read the customer's last words is refused with them", async () => {
    const { agent, ticketId } = await claimed({ userId: "stale" });
    const seen = (await ticketRow(desk.db, ticketId)).version;
    await receiveMessage(desk.as(admin), { userId: "stale", body: "Wait, it arrived!", replyTo: ticketId });
    await expect(
      replyToTicket(desk.as(agent), { ticketId, agentId: agent.id, text: "Sorry", version: seen }),
    ).rejects.toMatchObject({
      code: "stale_version",
      facts: { version: 3, messages: [{ text: "Wait, it arrived!" }] },
    });
    await replyToTicket(desk.as(agent), { ticketId, agentId: agent.id, text: "Good", version: 3 });
    expect((await ticketRow(desk.db, ticketId)).status).toBe("closed");
  });

  test("with keep_open answers and keeps the ticket", async () => {
    const { agent, ticketId } = await claimed({ userId: "kept" });
    await replyToTicket(desk.as(agent), { ticketId, agentId: agent.id, text: "Looking", keepOpen: true });
    const kept = await ticketRow(desk.db, ticketId);
    expect(kept).toMatchObject({ status: "in_progress", version: 2, first_unanswered_at: null });
    expect(kept.due_at).not.toBeNull();
    await receiveMessage(desk.as(admin), { userId: "kept", body: "And?", replyTo: ticketId });
    const asked = await ticketRow(desk.db, ticketId);
    expect(asked.first_unanswered_at).not.toBeNull();
    expect(asked).toMatchObject({ version: 3, follow_ups: 0, assignee_id: agent.id });
  });

  test("from a canned text is filled in and counted", async () => {
    const { agent, ticketId } = await claimed({ userId: "U-canned" });
    const canned = await createCanned(desk.as(agent), {
      title: "t",
      text: "Hello {{customer.name}}, {{when|soon}}. {{agent.name}} {{nothing}}",
      shortcut: "c1",
    });
    await replyWithCanned(desk.as(agent), {
      ticketId,
      agentId: agent.id,
      cannedId: canned.id,
      variables: { when: "{{agent.id}}" },
    });
    const { rows } = await sql<{ text: string }>`
      SELECT m.text FROM messages m JOIN tickets t ON t.reply_message_id = m.id WHERE t.id = ${ticketId}`.execute(
      desk.db.kysely,
    );
    expect(rows[0]?.text).toBe(`Hello U-canned, {{agent.id}}. ${agent.name}`);
    const after = await desk.db.kysely
      .selectFrom("canned_replies")
      .select("uses")
      .where("id", "=", canned.id)
      .execute();
    expect(after).toEqual([{ uses: 1 }]);
    await expect(createCanned(desk.as(agent), { title: "x", text: "y", shortcut: "c1" })).rejects.toMatchObject({
      code: "shortcut_taken",
    });
  });
});

describe("age", () => {
  test("is kept on release and transfer, and starts anew where the customer was answered", async () => {
    const { agent, ticketId } = await claimed();
    const before = await ticketRow(desk.db, ticketId);
    const next = await desk.agent();
    await transferTicket(desk.as(agent), { ticketId, toAgentId: next.id });
    await releaseTicket(desk.as(next), { ticketId });
    const released = await ticketRow(desk.db, ticketId);
    expect(released).toMatchObject({ status: "unassigned", assignee_id: null, version: 4 });
    expect(released.due_at).toEqual(before.due_at);
    await claimTicket(desk.as(agent), { ticketId, agentId: agent.id });
    await replyToTicket(desk.as(agent), { ticketId, agentId: agent.id, text: "Here", keepOpen: true });
    await releaseTicket(desk.as(agent), { ticketId });
    const answered = await ticketRow(desk.db, ticketId);
    expect(answered.due_at.getTime()).toBeGreaterThan(before.due_at.getTime());
  });
});

describe("a closed ticket", () => {
  test("is reopened by reply_to within the time, offered to its last agent, version once", async () => {
    const { agent, ticketId } = await claimed({ userId: "back" });
    await replyToTicket(desk.as(agent), { ticketId, agentId: agent.id, text: "Done" });
    expect(await receiveMessage(desk.as(admin), { userId: "back", body: "Not yet", replyTo: ticketId })).toEqual({
      ticketId,
    });
    expect(await ticketRow(desk.db, ticketId)).toMatchObject({
      status: "unassigned",
      version: 4,
      preferred_agent_id: agent.id,
      scored_at: null,
    });
  });

  test("later than that, a new ticket opens on the same conversation", async () => {
    const { agent, ticketId } = await claimed({ userId: "late" });
    await replyToTicket(desk.as(agent), { ticketId, agentId: agent.id, text: "Done" });
    await sql`UPDATE tickets SET closed_at = now() - interval '73 hours' WHERE id = ${ticketId}`.execute(
      desk.db.kysely,
    );
    const next = await receiveMessage(desk.as(admin), { userId: "late", body: "Me again", replyTo: ticketId });
    expect(next.ticketId).not.toBe(ticketId);
    const [old, fresh] = [await ticketRow(desk.db, ticketId), await ticketRow(desk.db, next.ticketId)];
    expect(fresh).toMatchObject({ conversation_id: old.conversation_id, status: "unassigned", version: 1 });
    expect(old.status).toBe("closed");
    await expect(reopenTicket(desk.as(agent), { ticketId })).rejects.toMatchObject({ code: "conversation_busy" });
    const customer = await desk.db.kysely
      .selectFrom("customers")
      .select(["open_tickets", "total_tickets"])
      .where("user_id", "=", "late")
      .executeTakeFirst();
    expect(customer).toEqual({ open_tickets: 1, total_tickets: 2 });
  });

  test("is another customer's to nobody else", async () => {
    const ticketId = await desk.message({ userId: "mine" });
    await desk.message({ userId: "yours" });
    await expect(
      receiveMessage(desk.as(admin), { userId: "yours", body: "Hello", replyTo: ticketId }),
    ).rejects.toMatchObject({ code: "message_not_found" });
  });

  test("takes notes that raise no version", async () => {
    const { agent, ticketId } = await claimed();
    await replyToTicket(desk.as(agent), { ticketId, agentId: agent.id, text: "Done" });
    await addNote(desk.as(agent), { ticketId, text: "Called back." });
    expect((await ticketRow(desk.db, ticketId)).version).toBe(3);
  });
});

describe("a snoozed ticket", () => {
  const past = (ticketId: number) =>
    sql`UPDATE tickets SET snoozed_until = now() - interval '1 s' WHERE id = ${ticketId}`.execute(desk.db.kysely);

  test("does not count, and comes back to its owner when there is room", async () => {
    const { agent, ticketId } = await claimed({ capacity: 1 });
    await snoozeTicket(desk.as(agent), { ticketId, until: new Date(Date.now() + 3_600_000) });
    const second = await desk.message();
    expect(await claimTicket(desk.as(agent), { ticketId: second, agentId: agent.id })).toMatchObject({
      kind: "claimed",
    });
    await replyToTicket(desk.as(agent), { ticketId: second, agentId: agent.id, text: "Done" });
    await past(ticketId);
    expect(await wakeSnoozed(desk.as(admin), 100)).toBe(1);
    expect(await ticketRow(desk.db, ticketId)).toMatchObject({
      status: "in_progress",
      assignee_id: agent.id,
      snoozed_until: null,
      version: 2,
    });
  });

  test("waits again, age kept, when its owner is full", async () => {
    const { agent, ticketId } = await claimed({ capacity: 1 });
    const before = await ticketRow(desk.db, ticketId);
    await snoozeTicket(desk.as(agent), { ticketId, until: new Date(Date.now() + 3_600_000) });
    const second = await desk.message();
    await claimTicket(desk.as(agent), { ticketId: second, agentId: agent.id });
    await past(ticketId);
    expect(await wakeSnoozed(desk.as(admin), 100)).toBe(1);
    const row = await ticketRow(desk.db, ticketId);
    expect(row).toMatchObject({ status: "unassigned", preferred_agent_id: agent.id, version: 3 });
    expect(row.due_at).toEqual(before.due_at);
  });

  test("is not put aside into the past", async () => {
    const { agent, ticketId } = await claimed();
    await expect(snoozeTicket(desk.as(agent), { ticketId, until: new Date(0) })).rejects.toMatchObject({
      code: "invalid_body",
    });
  });
});

test("a corrected urgency is kept as a label and moves due_at", async () => {
  const { agent, ticketId } = await claimed();
  const before = await ticketRow(desk.db, ticketId);
  await correctUrgency(desk.as(agent), { ticketId, level: "critical", reason: "stolen phone" });
  const after = await ticketRow(desk.db, ticketId);
  expect(after.urgency_level).toBe("critical");
  expect(after.due_at.getTime()).toBeLessThan(before.due_at.getTime());
  const labels = await desk.db.kysely
    .selectFrom("urgency_labels")
    .select(["level", "reason", "user_id"])
    .where("message_id", "=", after.opening_message_id)
    .execute();
  expect(labels).toEqual([{ level: "critical", reason: "stolen phone", user_id: agent.id }]);
});

test("the database itself refuses a change of owner that does not raise the version", async () => {
  const { ticketId } = await claimed();
  await expect(
    sql`UPDATE tickets SET status = 'unassigned', assignee_id = NULL WHERE id = ${ticketId}`.execute(desk.db.kysely),
  ).rejects.toThrow(/changed owner or status/);
});
