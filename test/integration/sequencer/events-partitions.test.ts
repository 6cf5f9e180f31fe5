import pg from "pg";
import { afterEach, beforeEach, expect, test } from "vitest";
import { dropOldPartitions, ensurePartitions } from "../../../src/db/queries/events-partitions.js";
import { createTestDatabase, type TestDatabase } from "../../support/test-database.js";

let database: TestDatabase;
beforeEach(async () => {
  database = await createTestDatabase();
});
afterEach(() => database.drop());

/** Makes the partition of the day that many days ago (UTC); its name. */
async function makePartition(daysAgo: number): Promise<string> {
  const { rows } = await database.db.pool.query<{ name: string }>(
    `SELECT 'events_' || to_char(day, 'YYYYMMDD') AS name, make_events_partition(day)
     FROM (SELECT (now() AT TIME ZONE 'UTC')::date - $1::int AS day) d`,
    [daysAgo],
  );
  return rows[0]?.name ?? "";
}

async function partitions(): Promise<string[]> {
  const { rows } = await database.db.pool.query<{ name: string }>(
    "SELECT relname AS name FROM pg_class WHERE relname ~ '^events_[0-9]{8}$' AND relkind = 'r' ORDER BY 1",
  );
  return rows.map((row) => row.name);
}

test("drops what is older than the retention, and nothing else", async () => {
  const kept = await partitions();
  const young = await makePartition(7);
  const old = [await makePartition(9), await makePartition(8)];
  expect(await dropOldPartitions(database.db, 7)).toEqual(old);
  expect(await partitions()).toEqual([young, ...kept]);
});

test("makes today's and the days ahead, twice is harmless", async () => {
  // Those of the day on which the template was made: midnight may have passed since.
  const before = await partitions();
  await ensurePartitions(database.db, 5);
  await ensurePartitions(database.db, 5);
  const { rows } = await database.db.pool.query<{ name: string }>(
    `SELECT 'events_' || to_char((now() AT TIME ZONE 'UTC')::date + n, 'YYYYMMDD') AS name FROM generate_series(0, 5) n`,
  );
  const ahead = rows.map(({ name }) => name);
  expect(ahead.some((name) => !before.includes(name))).toBe(true);
  expect(await partitions()).toEqual([...new Set([...before, ...ahead])].sort());
});

test("what a reader holds is left to the next round, which finishes it", async () => {
  const old = [await makePartition(20), await makePartition(15)];
  const reader = new pg.Client({ connectionString: database.url });
  await reader.connect();
  try {
    await reader.query("BEGIN; SELECT count(*) FROM events");
    expect(await dropOldPartitions(database.db, 7)).toEqual([]);
    expect(await dropOldPartitions(database.db, 7)).toEqual([]);
    await reader.query("COMMIT");
  } finally {
    await reader.end();
  }
  expect(await dropOldPartitions(database.db, 7)).toEqual(old);
});

test("one that was detached and not dropped goes as well", async () => {
  const old = await makePartition(20);
  await database.db.pool.query(`ALTER TABLE events DETACH PARTITION ${old}`);
  expect(await dropOldPartitions(database.db, 7)).toEqual([old]);
});
