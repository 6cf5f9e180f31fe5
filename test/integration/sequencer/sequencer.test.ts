import { sql } from "kysely";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Bus } from "../../../src/bus/bus.js";
import type { SequencedEvent, Stage } from "../../../src/contract/events.js";
import type { Producer, QueueItem } from "../../../src/queue/producer.js";
import { Sequencer } from "../../../src/queue/sequencer.js";
import { faultsOf, say } from "../../support/event-log.js";
import { silentLogger } from "../../support/silent-logger.js";
import { createTestDatabase, type TestDatabase } from "../../support/test-database.js";
import { until } from "../../support/until.js";

let test_: TestDatabase;
const running: Sequencer[] = [];
beforeEach(async () => {
  test_ = await createTestDatabase();
});
afterEach(async () => {
  for (const sequencer of running.splice(0)) await sequencer.stop();
  await test_.drop();
});

/** A bus and a queue that write down what they are given, and are away when they are told to be. */
function stores() {
  const published: SequencedEvent[] = [];
  const enqueued: { stage: Stage; item: QueueItem }[] = [];
  const away = { bus: false, queue: false };
  const nothing = async () => undefined;
  const bus: Bus = {
    driver: "redis",
    publishEvents: async (events) => {
      if (away.bus) throw new Error("the bus is away");
      published.push(...events);
    },
    publishHead: nothing,
    wake: () => undefined,
    publishEphemeral: nothing,
    publishControl: nothing,
    subscribe: async () => nothing,
    ping: nothing,
    close: nothing,
  };
  const producer: Producer = {
    enqueue: async (stage, items) => {
      if (away.queue) throw new Error("the queue is away");
      enqueued.push(...items.map((item) => ({ stage, item })));
    },
    close: nothing,
  };
  return { bus, producer, published, enqueued, away };
}

async function leading(store = stores(), name = "seq") {
  const sequencer = new Sequencer({ databaseUrl: test_.url, ...store, logger: silentLogger, name });
  running.push(sequencer);
  await sequencer.start();
  await until(() => sequencer.isLeader, "the lead");
  return { sequencer, ...store };
}

const cursor = async () =>
  (await test_.db.kysely.selectFrom("sequencer").select("published_seq").executeTakeFirstOrThrow()).published_seq;

test("positions are 1, 2, 3 in each stream, whoever writes and whatever is rolled back", async () => {
  const { published, enqueued } = await leading();
  const writers = Array.from({ length: 8 }, async (_, writer) => {
    for (let round = 0; round < 25; round++) {
      await test_.db.kysely
        .transaction()
        .execute(async (tx) => {
          const say = (stream: string) =>
            sql`INSERT INTO outbox (stream, type, payload, stage, subject_id)
                VALUES (${stream}, 'message_new', '{}', 'score', ${round})`.execute(tx);
          await say("agents");
          await say(`conversation:${writer % 3}`);
          if ((round + writer) % 4 === 0) throw new Error("rolled back");
        })
        .catch(() => undefined);
    }
  });
  await Promise.all(writers);
  await until(() => published.length === 300, "all that was committed");
  expect(await faultsOf(test_.db)).toEqual([]);
  expect(published.map((event) => event.seq)).toEqual(Array.from({ length: 300 }, (_, index) => index + 1));
  await until(() => enqueued.length === 300, "its jobs");
  await until(async () => (await cursor()) === 300, "the cursor");
  const rest = await test_.db.kysely.selectFrom("outbox").select("id").execute();
  expect(rest).toEqual([]);
});

test("what one ticket's lock has put in order stays in order", async () => {
  const { published } = await leading();
  await sql`INSERT INTO streams (stream, last_pos) VALUES ('lock', 1)`.execute(test_.db.kysely);
  let order = 0;
  await Promise.all(
    Array.from({ length: 40 }, () =>
      test_.db.kysely.transaction().execute(async (tx) => {
        await sql`SELECT 1 FROM streams WHERE stream = 'lock' FOR UPDATE`.execute(tx);
        const n = ++order;
        await sql`INSERT INTO outbox (stream, type, payload) VALUES ('conversation:1', 'ticket', ${JSON.stringify({ n })})`.execute(
          tx,
        );
      }),
    ),
  );
  await until(() => published.length === 40, "all");
  expect(published.map((event) => event.payload.n)).toEqual(Array.from({ length: 40 }, (_, index) => index + 1));
  expect(published.map((event) => event.pos)).toEqual(Array.from({ length: 40 }, (_, index) => index + 1));
});

test("a leader that is cut off is followed by another, with no hole and no double", async () => {
  const first = await leading(stores(), "first");
  await say(test_.db, "agents", 10, "score");
  await until(() => first.published.length === 10, "the first ten");
  const store = stores();
  const second = new Sequencer({ databaseUrl: test_.url, ...store, logger: silentLogger, name: "second" });
  running.push(second);
  await second.start();
  expect(second.isLeader).toBe(false);
  await first.sequencer.stop();
  await until(() => second.isLeader, "the second to lead", 2500);
  for (let round = 0; round < 5; round++) {
    await say(test_.db, "agents", 100, "score");
    await test_.db.pool.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE '%-sequencer'",
    );
  }
  await until(async () => (await cursor()) === 510, "the cursor past all", 15_000);
  expect(await faultsOf(test_.db)).toEqual([]);
  expect(new Set([...first.published, ...store.published].map((event) => event.seq)).size).toBe(510);
  expect(new Set(store.enqueued.map(({ item }) => item.subjectId)).size).toBe(100);
});

test("while the bus is away biting and enqueueing go on, the cursor waits, and nothing is skipped", async () => {
  const { published, enqueued, away } = await leading();
  away.bus = true;
  await say(test_.db, "agents", 7000, "score");
  await until(() => enqueued.length === 7000, "the jobs");
  expect(published).toEqual([]);
  expect(await cursor()).toBe(0);
  away.bus = false;
  await until(() => published.length >= 7000, "the news, from the log where memory was too small", 15_000);
  expect(published.map((event) => event.seq)).toEqual(Array.from({ length: 7000 }, (_, index) => index + 1));
  await until(async () => (await cursor()) === 7000, "the cursor");
});

test("while the queue is away the news go out, and the next leader enqueues what is left", async () => {
  const first = await leading();
  first.away.queue = true;
  await say(test_.db, "agents", 20, "score");
  await until(() => first.published.length === 20, "the news");
  await first.sequencer.stop();
  expect(await cursor()).toBe(0);
  const second = await leading(stores(), "second");
  await until(() => second.enqueued.length === 20, "the jobs");
  expect(second.published).toHaveLength(20);
});

test("a day without a partition gets one", async () => {
  const { published } = await leading();
  const { rows } = await test_.db.pool.query<{ name: string }>(
    "SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'events'::regclass",
  );
  for (const { name } of rows) await test_.db.pool.query(`DROP TABLE ${name}`);
  await say(test_.db, "agents", 3);
  await until(() => published.length === 3, "the events");
});

test("the plan of a bite takes the outbox by its key, however long it is", async () => {
  await say(test_.db, "agents", 20_000);
  await test_.db.pool.query("ANALYZE outbox");
  const { rows } = await test_.db.pool.query<{ "QUERY PLAN": string }>(
    "EXPLAIN DELETE FROM outbox WHERE id = ANY(ARRAY(SELECT id FROM outbox ORDER BY id LIMIT 500)) RETURNING *",
  );
  const plan = rows.map((row) => row["QUERY PLAN"]).join("\n");
  expect(plan).not.toContain("Seq Scan");
});
