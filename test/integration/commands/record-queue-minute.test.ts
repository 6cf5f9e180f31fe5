import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { claimTicket } from "../../../src/commands/claim-ticket.js";
import { queueHistoryDays, recordQueueMinute } from "../../../src/commands/record-queue-minute.js";
import { type Desk, openDesk } from "../../support/desk.js";
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
beforeEach(async () => {
  await test_.db.pool.query("DELETE FROM conversations");
  await test_.db.pool.query("DELETE FROM queue_minutes");
  await test_.db.pool.query("UPDATE queue_minute_marks SET minute = NULL, ticket_id = 0, assignment_id = 0");
});

const query = async (text: string) => (await test_.db.pool.query(text)).rows;
const rows = () =>
  query("SELECT queue, level, depth, received, assigned, closed FROM queue_minutes ORDER BY minute, queue, level");
/** Moves what there is, and the marks, into the past. */
const pass = async (minutes: number) => {
  await query(`UPDATE tickets SET created_at = created_at - interval '${minutes} minutes'`);
  await query(`UPDATE assignments SET created_at = created_at - interval '${minutes} minutes'`);
  await query(`UPDATE queue_minutes SET minute = minute - interval '${minutes} minutes'`);
  await query(`UPDATE queue_minute_marks SET minute = minute - interval '${minutes} minutes'`);
};

test("the first minute has depths and no rates: what was before is nobody's", async () => {
  await desk.message();
  expect(await recordQueueMinute(test_)).toMatchObject({ minute: expect.any(Date), rows: [{ depth: 1 }] });
  expect(await rows()).toEqual([
    { queue: "general", level: "unscored", depth: 1, received: 0, assigned: 0, closed: 0 },
  ]);
});

test("a minute is written once, however many ask, and each row is counted in one minute", async () => {
  await recordQueueMinute(test_);
  await pass(2);
  const agent = await desk.agent();
  const [first] = [await desk.message(), await desk.message()];
  await claimTicket(desk.as(agent), { ticketId: first ?? 0, agentId: agent.id });
  await pass(2);
  await desk.message();
  const outcomes = await Promise.all(Array.from({ length: 8 }, () => recordQueueMinute(test_)));
  expect(outcomes.filter((minute) => minute !== null)).toHaveLength(1);
  expect(await rows()).toEqual([
    { queue: "general", level: "unscored", depth: 2, received: 2, assigned: 1, closed: 0 },
  ]);
  await pass(2);
  await recordQueueMinute(test_);
  expect((await rows()).map((row) => row.received)).toEqual([2, 1]);
});

test("what has nothing is not written, and what is older than a week is dropped", async () => {
  await recordQueueMinute(test_);
  expect(await rows()).toEqual([]);
  await query(
    `INSERT INTO queue_minutes (minute, queue, level)
     VALUES (now() - interval '${queueHistoryDays} days 1 minute', 'general', 'low'),
            (now() - interval '${queueHistoryDays} days' + interval '5 minutes', 'general', 'low')`,
  );
  await pass(2);
  await recordQueueMinute(test_);
  expect(await rows()).toHaveLength(1);
});
