import { afterAll, beforeAll, expect, test } from "vitest";
import { type Database, openDatabase } from "../../../src/db/database.js";
import { inClientTransaction, sqlState } from "../../../src/db/transaction.js";
import { pause } from "../../../src/runtime/deadline.js";
import { createTestDatabase, type TestDatabase } from "../../support/test-database.js";

let database: TestDatabase;
let stopped: Database;
beforeAll(async () => {
  database = await createTestDatabase();
  stopped = openDatabase({ url: database.url, name: "stopped", poolMax: 1, idleInTransactionMs: 300 });
});
afterAll(async () => {
  await stopped.close();
  await database.drop();
});

test("what a transaction holds in which nothing is asked any more is free soon, and its late write does not count", async () => {
  const { pool } = database.db;
  const { rows } = await pool.query("INSERT INTO users (role, name) VALUES ('customer', 'as it was') RETURNING id");
  const [{ id }] = rows;
  let locked = () => {};
  const holds = new Promise<void>((resolve) => {
    locked = resolve;
  });
  const late = inClientTransaction(stopped, async (client) => {
    await client.query("SELECT 1 FROM users WHERE id = $1 FOR UPDATE", [id]);
    locked();
    await pause(1500);
    await client.query("UPDATE users SET name = 'late' WHERE id = $1", [id]);
  }).catch((error: unknown) => error);
  await holds;
  // Longer than this the test database's own statement limit does not let it wait: the lock is free before.
  await pool.query("UPDATE users SET name = 'in time' WHERE id = $1", [id]);
  const error = await late;
  expect(error).toBeInstanceOf(Error);
  expect([null, "25P03"]).toContain(sqlState(error));
  expect((await pool.query("SELECT name FROM users WHERE id = $1", [id])).rows).toEqual([{ name: "in time" }]);
  // The pool has another connection at once.
  expect((await stopped.pool.query("SELECT 1 AS n")).rows).toEqual([{ n: 1 }]);
});
