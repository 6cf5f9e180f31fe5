import type { PoolClient } from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { seedBacklog } from "../../../cli/bench/seed-backlog.js";
import { fillStatement } from "../../../src/db/queries/fill-agent.js";
import { anyWaiting } from "../../../src/db/queries/read-waiting.js";
import { createTestDatabase, type TestDatabase } from "../../support/test-database.js";

let test_: TestDatabase;
let agentIds: number[] = [];
beforeAll(async () => {
  test_ = await createTestDatabase();
  agentIds = (await seedBacklog(test_.db, { waiting: 20_000, closed: 20_000, agents: 50 })).agentIds;
});
afterAll(() => test_.drop());

interface Reads {
  /** Walks of the whole table, and rows that they read. */
  scans: number;
  scanned: number;
  /** Rows that were fetched by an index. */
  fetched: number;
}

/** Of this backend, so far: it is the difference that counts. */
const readsSoFar = `
  SELECT seq_scan::int AS scans, seq_tup_read::int AS scanned, idx_tup_fetch::int AS fetched
  FROM pg_stat_xact_user_tables WHERE relname = 'tickets'`;

/** What `work` reads of the table of tickets; all of it is undone. */
async function readsOf(client: PoolClient, work: () => Promise<void>): Promise<Reads> {
  await client.query("BEGIN");
  const before = (await client.query<Reads>(readsSoFar)).rows[0];
  await work();
  const after = (await client.query<Reads>(readsSoFar)).rows[0];
  await client.query("ROLLBACK");
  if (!before || !after) throw new Error("there are no statistics");
  return {
    scans: after.scans - before.scans,
    scanned: after.scanned - before.scanned,
    fetched: after.fetched - before.fetched,
  };
}

const fill = (agentId: number | undefined) => ({
  text: fillStatement.text,
  values: [agentId, 15, "pull", null, "{}"],
});

test.each([
  ["that serves all", []],
  ["with a list of queues", ["loans", "accounts"]],
])(
  "a fill for an agent %s reads few of 40,000 tickets, by a plan for any values and by one of its own",
  async (_, queues) => {
    const client = await test_.db.pool.connect();
    try {
      for (const mode of ["force_generic_plan", "force_custom_plan"]) {
        await client.query(`SET plan_cache_mode = ${mode}`);
        for (const agentId of agentIds.slice(0, 7)) {
          const reads = await readsOf(client, async () => {
            for (const queue of queues)
              await client.query("INSERT INTO agent_queues VALUES ($1, $2)", [agentId, queue]);
            const { rows } = await client.query(fill(agentId));
            expect(rows[0]?.taken).toHaveLength(15);
          });
          expect(reads).toMatchObject({ scans: 0, scanned: 0 });
          // Those that are looked at in the queues, that are locked, updated, and named by keys.
          expect(reads.fetched).toBeLessThan(300);
        }
      }
    } finally {
      client.release(true);
    }
  },
);

test("what an agent holds is counted from its own tickets, whatever the statistics know", async () => {
  const client = await test_.db.pool.connect();
  try {
    // The statistics are from before anything was in progress.
    for (const agentId of agentIds.slice(0, 40)) await client.query(fill(agentId));
    const reads = await readsOf(client, async () => {
      const { rows } = await client.query(fill(agentIds[0]));
      expect(rows[0]).toMatchObject({ held: 15, taken: [] });
    });
    expect(reads).toMatchObject({ scans: 0, fetched: 15 });
  } finally {
    client.release(true);
  }
});

test("whether anything waits is one look, past any number of closed tickets", async () => {
  expect(await anyWaiting(test_.db.kysely, [])).toBe(true);
  expect(await anyWaiting(test_.db.kysely, ["disputes"])).toBe(false);
  expect(await anyWaiting(test_.db.kysely, ["disputes", "loans"])).toBe(true);
  const { rows } = await test_.db.pool.query<{ "QUERY PLAN": string }>(
    "EXPLAIN SELECT 1 FROM tickets WHERE status = 'unassigned' ORDER BY due_at, id LIMIT 1",
  );
  const plan = rows.map((row) => row["QUERY PLAN"]).join("\n");
  expect(plan).toContain("tickets_waiting");
  expect(plan).not.toContain("Seq Scan");
});
