import { afterAll, beforeAll, expect, test } from "vitest";
import { biteOutbox } from "../../../src/db/queries/bite-outbox.js";
import { openSequencerClient } from "../../../src/queue/sequencer-leader.js";
import { say } from "../../support/event-log.js";
import { createTestDatabase, type TestDatabase } from "../../support/test-database.js";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

test("the plan that Postgres keeps from quiet days takes a long outbox by its key, and is not compiled", async () => {
  // Autovacuum would have it planned anew, some day.
  await database.db.pool.query("ALTER TABLE outbox SET (autovacuum_enabled = false)");
  const client = await openSequencerClient({ databaseUrl: database.url, name: "plan" });
  try {
    await client.query("SET idle_session_timeout = 0");
    for (let bite = 0; bite < 10; bite++) {
      await say(database.db, "agents", 2);
      await biteOutbox(client);
    }
    const { rows: kept } = await client.query(
      "SELECT generic_plans FROM pg_prepared_statements WHERE name = 'bite-outbox'",
    );
    expect(Number(kept[0].generic_plans)).toBeGreaterThan(0);
    await say(database.db, "agents", 20_000);
    const { rows } = await client.query('EXPLAIN (ANALYZE, TIMING OFF) EXECUTE "bite-outbox"(500)');
    const plan = rows.map((row) => row["QUERY PLAN"]).join("\n");
    expect(plan).not.toMatch(/Seq Scan on outbox/);
    expect(plan).not.toMatch(/JIT:/);
  } finally {
    await client.end();
  }
});
