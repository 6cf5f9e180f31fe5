import { afterAll, beforeAll, expect, test } from "vitest";
import { type Database, openDatabase } from "../../../src/db/database.js";
import { createTestDatabase, type TestDatabase } from "../../support/test-database.js";

let database: TestDatabase;
let db: Database;
beforeAll(async () => {
  database = await createTestDatabase();
  db = openDatabase({ url: database.url, name: "switchboard-test", poolMax: 1, statementTimeoutMs: 1 });
});
afterAll(async () => {
  await db.close();
  await database.drop();
});

/** Sleeps for longer than the client waits for a server that says nothing, which is some 2 s here. */
async function nap(head: string): Promise<string> {
  const client = await db.pool.connect();
  try {
    await client.query("SET statement_timeout = 0");
    await client.query(`/* ${head} */ SELECT pg_sleep(2.3)`);
    return "done";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    client.release(true);
  }
}

test("what takes its time by design is waited for, anything else is given up", async () => {
  expect(await nap("patient-nap")).toBe("done");
  expect(await nap("other-nap")).toBe("Query read timeout");
});
