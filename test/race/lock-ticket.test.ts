import { afterAll, beforeAll, expect, test } from "vitest";
import { claimTicket } from "../../src/commands/claim-ticket.js";
import { lockTicketInHand } from "../../src/db/queries/lock-ticket.js";
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
