import { afterAll, beforeAll, expect, test } from "vitest";
import { claimTicket } from "../../src/commands/claim-ticket.js";
import { lockConversation, lockTicketInHand, lockTicketOf } from "../../src/db/queries/lock-ticket.js";
import { type Desk, openDesk, ticketRow } from "../support/desk.js";
import { createTestDatabase, type TestDatabase } from "../support/test-database.js";
import { until } from "../support/until.js";

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

const waitsForLock = async () =>
  (
    await test_.db.pool.query(
      "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
    )
  ).rows.length > 0;

test.each([
  ["the ticket", false],
  ["the conversation and the ticket", true],
])("who waits for %s sees what was changed meanwhile: owner, name, version, seq", async (_, conversationToo) => {
  const [first, second] = [await desk.agent({ name: "First" }), await desk.agent({ name: "Second" })];
  const id = await desk.message();
  await claimTicket(desk.as(first), { ticketId: id, agentId: first.id });
  const { conversation_id } = await ticketRow(test_.db, id);
  const client = await test_.db.pool.connect();
  try {
    await client.query("BEGIN");
    if (conversationToo) await client.query("UPDATE conversations SET last_seq = 7 WHERE id = $1", [conversation_id]);
    await client.query("UPDATE tickets SET assignee_id = $2, version = version + 1 WHERE id = $1", [id, second.id]);
    const locking = test_.db.kysely.transaction().execute((tx) => lockTicketInHand(tx, id));
    await until(waitsForLock, "the lock to be waited for");
    await client.query("COMMIT");
    expect(await locking).toMatchObject({
      ticket: { id, assigneeId: second.id, version: 3, status: "in_progress" },
      conversation: { id: conversation_id, lastSeq: conversationToo ? 7 : 1 },
      ownerName: "Second",
    });
  } finally {
    client.release();
  }
});

test("who waits for a ticket that is deleted meanwhile finds none", async () => {
  const id = await desk.message();
  const { conversation_id } = await ticketRow(test_.db, id);
  const client = await test_.db.pool.connect();
  try {
    await client.query("BEGIN");
    await client.query("DELETE FROM conversations WHERE id = $1", [conversation_id]);
    const locking = test_.db.kysely.transaction().execute((tx) => lockTicketInHand(tx, id));
    await until(waitsForLock, "the lock to be waited for");
    await client.query("COMMIT");
    expect(await locking).toBeNull();
  } finally {
    client.release();
  }
});

test("who waits for the ticket of a conversation that it holds sees who owns it by then", async () => {
  const agent = await desk.agent({ name: "Filled" });
  const id = await desk.message();
  const { conversation_id } = await ticketRow(test_.db, id);
  const client = await test_.db.pool.connect();
  try {
    await client.query("BEGIN");
    // As a fill does: it takes no conversation.
    await client.query(
      "UPDATE tickets SET assignee_id = $2, status = 'in_progress', assigned_at = now(), version = version + 1 WHERE id = $1",
      [id, agent.id],
    );
    const locking = test_.db.kysely.transaction().execute(async (tx) => {
      await lockConversation(tx, conversation_id);
      return lockTicketOf(tx, conversation_id);
    });
    await until(waitsForLock, "the lock to be waited for");
    await client.query("COMMIT");
    expect(await locking).toMatchObject({
      id,
      assigneeId: agent.id,
      ownerName: "Filled",
      status: "in_progress",
      version: 2,
    });
  } finally {
    client.release();
  }
});

test("the ticket of a conversation is its open one, else the named one, else its latest", async () => {
  const first = await desk.message();
  const { conversation_id, customer_id, opening_message_id } = await ticketRow(test_.db, first);
  const close = (id: number) =>
    test_.db.pool.query(
      "UPDATE tickets SET status = 'closed', closed_at = now(), first_unanswered_at = NULL, version = version + 1 WHERE id = $1",
      [id],
    );
  const ofTalk = (named?: number) =>
    test_.db.kysely.transaction().execute(async (tx) => (await lockTicketOf(tx, conversation_id, named))?.id);
  await close(first);
  const { rows } = await test_.db.pool.query<{ id: number }>(
    `INSERT INTO tickets (conversation_id, customer_id, opening_message_id, due_at, first_unanswered_at)
     VALUES ($1, $2, $3, now(), now()) RETURNING id`,
    [conversation_id, customer_id, opening_message_id],
  );
  const second = rows[0]?.id ?? 0;
  await test_.db.pool.query("UPDATE customers SET open_tickets = open_tickets + 1 WHERE id = $1", [customer_id]);
  expect([await ofTalk(), await ofTalk(first)]).toEqual([second, second]);
  await close(second);
  expect([await ofTalk(), await ofTalk(first)]).toEqual([second, first]);
});
