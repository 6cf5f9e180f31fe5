import { afterAll, beforeAll, expect, test } from "vitest";
import { bindDatabase } from "../../../src/db/bound-database.js";
import { type Database, openDatabase } from "../../../src/db/database.js";
import { inOneTrip, type Statement } from "../../../src/db/one-trip.js";
import { inClientTransaction, sqlState } from "../../../src/db/transaction.js";
import { createTestDatabase, type TestDatabase } from "../../support/test-database.js";

// One connection: what is left on it by one trip, the next one meets.

let test_: TestDatabase;
let db: Database;

beforeAll(async () => {
  test_ = await createTestDatabase();
  db = openDatabase({ url: test_.url, name: "one-trip", poolMax: 1, statementTimeoutMs: 1000 });
  await db.pool.query("CREATE TABLE kept (n integer)");
});
afterAll(async () => {
  await db.close();
  await test_.drop();
});

const named = (name: string, text: string, ...values: unknown[]): Statement => ({ name, text, values });
const plain = (text: string, ...values: unknown[]): Statement => ({ name: undefined, text, values });
const rowsOf = async (...statements: Statement[]) => (await inOneTrip(db, statements)).map(({ rows }) => rows);
const failureOf = (...statements: Statement[]) =>
  rowsOf(...statements).then(
    () => "none",
    (error: unknown) => sqlState(error) ?? (error as Error).message,
  );
const kept = async () => (await db.pool.query<{ n: number }>("SELECT n FROM kept ORDER BY n")).rows.map(({ n }) => n);

test("each statement has its own result, in order, also without values and without rows", async () => {
  const rows = await rowsOf(
    plain("SELECT 1 AS one"),
    named("two-rows", "SELECT n, $1::bigint AS big FROM generate_series(1, 2) n", 7),
    plain("SELECT 1 WHERE false"),
    plain("SELECT $1::int[] AS list, $2::jsonb AS object, $3::text AS nothing", [1, 2], { a: 1 }, null),
  );
  expect(rows).toEqual([
    [{ one: 1 }],
    [
      { n: 1, big: 7 },
      { n: 2, big: 7 },
    ],
    [],
    [{ list: [1, 2], object: { a: 1 }, nothing: null }],
  ]);
});

test("they are one transaction, and nothing of it stays on the connection", async () => {
  const set = plain("SELECT set_config('switchboard.viewer', '5', true)");
  const look = plain("SELECT current_setting('switchboard.viewer', true) AS viewer, txid_current() AS txid");
  const [, first, second] = await rowsOf(set, look, look);
  expect(first).toEqual(second);
  expect(first?.[0].viewer).toBe("5");
  const [later] = await rowsOf(look);
  expect(later?.[0].viewer).toBe("");
  expect(later?.[0].txid).not.toBe(first?.[0].txid);
});

test("what has a name is prepared once, and is the same statement outside of a trip", async () => {
  const twice = named("prepared-once", "/* prepared-once */ SELECT $1::int AS n", 1);
  await rowsOf(twice, twice);
  await rowsOf(twice);
  expect((await db.pool.query(twice.text, [3])).rows).toEqual([{ n: 3 }]);
  const { rows } = await db.pool.query("SELECT count(*) AS n FROM pg_prepared_statements WHERE name = 'prepared-once'");
  expect(rows).toEqual([{ n: 1 }]);
});

test("of one that fails nothing stays, none after it is run, and all can be sent again", async () => {
  const keep = (n: number) => named(`keep-${n}`, `INSERT INTO kept VALUES (${n})`);
  const fails = (by: number) => named("divides", "SELECT 1 / $1::int AS n", by);
  expect(await failureOf(keep(1), fails(0), keep(2))).toBe("22012");
  expect(await kept()).toEqual([]);
  expect(await rowsOf(keep(1), fails(1), keep(2))).toEqual([[], [{ n: 1 }], []]);
  expect(await kept()).toEqual([1, 2]);
  expect(await failureOf(plain("SELEC 1"), named("never-parsed", "SELECT 1 AS n"))).toBe("42601");
  expect(await rowsOf(named("never-parsed", "SELECT 1 AS n"))).toEqual([[{ n: 1 }]]);
});

test.each([
  ["too long", () => plain("SELECT pg_sleep(5)"), "57014"],
  ["a connection that ends", () => plain("SELECT pg_terminate_backend(pg_backend_pid())"), "57P01"],
  ["another text of a name", () => named("divides", "SELECT 2 / $1::int AS n", 1), "must be unique"],
  [
    "a value that cannot be sent",
    () =>
      plain("SELECT $1::text", {
        toPostgres: () => {
          throw new Error("not this one");
        },
      }),
    "not this one",
  ],
])("%s fails the trip, and not the next one", async (_, statement, failure) => {
  await rowsOf(named("divides", "SELECT 1 / $1::int AS n", 1));
  expect(await failureOf(named("ahead", "SELECT 1"), statement(), named("behind", "SELECT 2"))).toContain(failure);
  expect(await rowsOf(named("ahead", "SELECT 1"), named("behind", "SELECT 2 AS n"))).toEqual([
    [{ "?column?": 1 }],
    [{ n: 2 }],
  ]);
});

test("in a transaction that is open they are part of it", async () => {
  const rolledBack = inClientTransaction(db, async (client) => {
    await inOneTrip(bindDatabase(client), [plain("INSERT INTO kept VALUES ($1)", 9), plain("SELECT 1")]);
    throw new Error("rolled back");
  });
  await expect(rolledBack).rejects.toThrow("rolled back");
  expect(await kept()).not.toContain(9);
});
