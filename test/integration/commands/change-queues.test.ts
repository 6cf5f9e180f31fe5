import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { createQueue } from "../../../src/commands/create-queue.js";
import { MisplacedTickets, misplacedMax } from "../../../src/commands/misplaced-tickets.js";
import { routeTickets } from "../../../src/commands/route-tickets.js";
import { updateQueue } from "../../../src/commands/update-queue.js";
import { admin, type Desk, openDesk } from "../../support/desk.js";
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
});

/** A waiting ticket of that topic, scored and routed. */
async function routed(topic: string): Promise<number> {
  const id = await desk.message();
  await test_.db.pool.query(
    "UPDATE tickets SET topic = $2, urgency = 10, urgency_level = 'low', scored_at = now() WHERE id = $1",
    [id, topic],
  );
  await routeTickets(desk.as(admin), [id]);
  return id;
}
const queueOf = async (id: number) =>
  (await test_.db.pool.query("SELECT queue FROM tickets WHERE id = $1", [id])).rows[0].queue;
/** What `maintain` does, run after run, until nothing is found; how many were. */
async function settle(misplaced = new MisplacedTickets(test_.db)): Promise<number> {
  let count = 0;
  for (let ids = await misplaced.next(); ids.length > 0; ids = await misplaced.next()) {
    expect(ids.length).toBeLessThanOrEqual(misplacedMax);
    await routeTickets(desk.as(admin), ids);
    count += ids.length;
  }
  return count;
}

test("what waits with a topic that moved is routed again, and nothing else is", async () => {
  const moved = await routed("repayment");
  const stays = await routed("disbursement");
  expect(await queueOf(moved)).toBe("repayments");
  await updateQueue(desk.as(admin), { name: "repayments", topics: [] });
  expect(await settle()).toBe(1);
  expect(await queueOf(moved)).toBe("general");
  await createQueue(desk.as(admin), { name: "paying", topics: ["repayment"] });
  expect(await settle()).toBe(1);
  expect(await queueOf(moved)).toBe("paying");
  expect(await queueOf(stays)).toBe("loans");
});

test("it looks through the backlog after a change of queues, and not again until the next", async () => {
  const misplaced = new MisplacedTickets(test_.db);
  await settle(misplaced);
  const id = await routed("disbursement");
  await test_.db.pool.query("UPDATE tickets SET queue = 'general' WHERE id = $1", [id]);
  expect(await misplaced.next()).toEqual([]);
  await createQueue(desk.as(admin), { name: "another", topics: [] });
  expect(await misplaced.next()).toEqual([id]);
});

test("what nobody routed is found again", async () => {
  const id = await routed("disbursement");
  await test_.db.pool.query("UPDATE tickets SET queue = 'general' WHERE id = $1", [id]);
  const misplaced = new MisplacedTickets(test_.db);
  expect(await misplaced.next()).toEqual([id]);
  expect(await misplaced.next()).toEqual([id]);
});

test("more than it finds at a time", async () => {
  const id = await routed("information");
  await test_.db.pool.query(
    `WITH said AS (
       INSERT INTO conversations (last_seq) SELECT 1 FROM generate_series(1, 2500) RETURNING id
     ), texts AS (
       INSERT INTO messages (conversation_id, seq, text) SELECT id, 1, 'x' FROM said RETURNING id, conversation_id
     )
     INSERT INTO tickets (conversation_id, customer_id, opening_message_id, due_at, topic, queue, routed_at, scored_at)
     SELECT x.conversation_id, t.customer_id, x.id, t.due_at, t.topic, t.queue, now(), now()
     FROM texts x, tickets t WHERE t.id = $1`,
    [id],
  );
  await test_.db.pool.query("UPDATE customers SET open_tickets = 2501, total_tickets = 2501 WHERE open_tickets = 1");
  await createQueue(desk.as(admin), { name: "asking", topics: ["information"] });
  expect(await settle()).toBe(2501);
  const { rows } = await test_.db.pool.query("SELECT DISTINCT queue FROM tickets");
  expect(rows).toEqual([{ queue: "asking" }]);
});

test("two admins cannot give one topic two queues", async () => {
  const outcomes = await Promise.allSettled(
    ["one", "two", "three"].map((name) => createQueue(desk.as(admin), { name, topics: ["brand new"] })),
  );
  expect(outcomes.map((outcome) => outcome.status).sort()).toEqual(["fulfilled", "rejected", "rejected"]);
  for (const outcome of outcomes) {
    if (outcome.status === "rejected") expect(outcome.reason).toMatchObject({ code: "topic_taken" });
  }
});

test("a new name while tickets are routed: none is lost, none is left under the old one", async () => {
  const ids = await Promise.all(Array.from({ length: 60 }, () => routed("credit_bureau")));
  await test_.db.pool.query("UPDATE tickets SET routed_at = NULL, queue = 'general'");
  const routing = ids.map((id) => routeTickets(desk.as(admin), [id]));
  await updateQueue(desk.as(admin), { name: "credit", newName: "bureau" });
  await Promise.all(routing);
  const { rows } = await test_.db.pool.query("SELECT queue, count(*)::int AS n FROM tickets GROUP BY 1");
  expect(rows).toEqual([{ queue: "bureau", n: 60 }]);
});

test("the history goes with the name", async () => {
  await test_.db.pool.query(
    "INSERT INTO queue_minutes (minute, queue, level, depth) VALUES (now(), 'accounts', 'low', 3)",
  );
  await updateQueue(desk.as(admin), { name: "accounts", newName: "access" });
  const { rows } = await test_.db.pool.query("SELECT queue, depth FROM queue_minutes");
  expect(rows).toEqual([{ queue: "access", depth: 3 }]);
});
