import { afterAll, beforeAll, expect, it } from "vitest";
import { QueueIndex } from "../../../src/api/queue-index.js";
import { ensureQueueIndex } from "../../../src/db/queries/queue-index.js";
import { silentLogger } from "../../support/silent-logger.js";
import { createTestDatabase, type TestDatabase } from "../../support/test-database.js";
import { until } from "../../support/until.js";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase(4);
});
afterAll(() => database.drop());

const running = new AbortController().signal;

async function isValid(): Promise<boolean | undefined> {
  const { rows } = await database.db.pool.query<{ valid: boolean }>(
    "SELECT indisvalid AS valid FROM pg_index WHERE indexrelid = to_regclass('tickets_queue')",
  );
  return rows[0]?.valid;
}

it("is not there unless it is asked for, and is built once, whoever asks", async () => {
  expect(await isValid()).toBeUndefined();
  const built = await Promise.all([ensureQueueIndex(database.db, running), ensureQueueIndex(database.db, running)]);
  expect(built.filter((one) => one)).toHaveLength(1);
  expect(await isValid()).toBe(true);
  expect(await ensureQueueIndex(database.db, running)).toBe(false);
});

it("is built anew where a build was cut off", async () => {
  await database.db.pool.query("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'tickets_queue'::regclass");
  expect(await ensureQueueIndex(database.db, running)).toBe(true);
  expect(await isValid()).toBe(true);
});

it("is left alone by a process that stops, which holds nobody up", async () => {
  await database.db.pool.query("DROP INDEX tickets_queue");
  const writer = await database.db.pool.connect();
  await writer.query("BEGIN; LOCK TABLE tickets IN ROW EXCLUSIVE MODE");
  const builder = new QueueIndex({ db: database.db, logger: silentLogger });
  await builder.start();
  await until(async () => (await isValid()) === false, "a build that waits for the writer");
  await builder.stop();
  await writer.query("COMMIT");
  writer.release();
  await until(() => ensureQueueIndex(database.db, running).then(isValid), "the index");
});
