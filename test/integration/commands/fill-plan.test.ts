import { afterAll, beforeAll, expect, test } from "vitest";
import { seedBacklog } from "../../../cli/bench/seed-backlog.js";
import { fillStatements } from "../../../src/db/queries/fill-agent.js";
import { anyWaiting } from "../../../src/db/queries/read-waiting.js";
import { createTestDatabase, type TestDatabase } from "../../support/test-database.js";

let test_: TestDatabase;
let agentId = 0;
beforeAll(async () => {
  test_ = await createTestDatabase();
  [agentId = 0] = (await seedBacklog(test_.db, { waiting: 20_000, closed: 20_000, agents: 50 })).agentIds;
});
afterAll(() => test_.drop());

interface PlanNode {
  "Node Type": string;
  "Relation Name"?: string;
  "Index Name"?: string;
  "Actual Rows": number;
  "Actual Loops": number;
  "Rows Removed by Filter"?: number;
  Plans?: PlanNode[];
}

function nodesOf(node: PlanNode): PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(nodesOf)];
}

const read = (node: PlanNode) => (node["Actual Rows"] + (node["Rows Removed by Filter"] ?? 0)) * node["Actual Loops"];

test.each([
  ["all", "{}"],
  ["byQueue", "{loans,accounts}"],
] as const)(
  "a fill reads at most 150 of 40,000 tickets (%s), by a plan for any values and by one of its own",
  async (kind, queues) => {
    const client = await test_.db.pool.connect();
    try {
      for (const mode of ["force_generic_plan", "force_custom_plan"]) {
        await client.query("DEALLOCATE ALL");
        await client.query(`SET plan_cache_mode = ${mode}`);
        await client.query(
          `PREPARE fill (bigint, int, int, text, text, text[], text, text) AS ${fillStatements[kind].text}`,
        );
        await client.query("BEGIN");
        const { rows } = await client.query<{ "QUERY PLAN": { Plan: PlanNode }[] }>(
          `EXPLAIN (ANALYZE, FORMAT json) EXECUTE fill (${agentId}, 15, 15, 'A', 'pull', '${queues}', NULL, '{}')`,
        );
        await client.query("ROLLBACK");
        const plan = rows[0]?.["QUERY PLAN"][0]?.Plan;
        if (!plan) throw new Error("EXPLAIN told nothing");
        const onTickets = nodesOf(plan).filter((node) => node["Relation Name"] === "tickets");
        expect(onTickets.map((node) => node["Node Type"])).not.toContain("Seq Scan");
        expect(Math.max(...onTickets.map(read))).toBeLessThanOrEqual(150);
        const walk = kind === "all" ? "tickets_waiting" : "tickets_waiting_by_queue";
        expect(onTickets.map((node) => node["Index Name"])).toContain(walk);
        expect(onTickets.map((node) => node["Index Name"])).toContain("tickets_held");
      }
    } finally {
      await client.query("RESET plan_cache_mode").finally(() => client.release(true));
    }
  },
);

test("whether anything waits is one look, past any number of closed tickets", async () => {
  const client = await test_.db.pool.connect();
  try {
    await client.query("BEGIN");
    await client.query("SET LOCAL statement_timeout = '15s'");
    const { rows } = await client.query<{ "QUERY PLAN": { Plan: PlanNode }[] }>(
      "EXPLAIN (ANALYZE, FORMAT json) SELECT 1 FROM tickets WHERE status = 'unassigned' ORDER BY due_at, id LIMIT 1",
    );
    const plan = rows[0]?.["QUERY PLAN"][0]?.Plan;
    expect(plan && nodesOf(plan).map(read)).toEqual([1, 1]);
    await client.query("ROLLBACK");
  } finally {
    client.release();
  }
  expect(await anyWaiting(test_.db.kysely, [])).toBe(true);
  expect(await anyWaiting(test_.db.kysely, ["disputes"])).toBe(false);
  expect(await anyWaiting(test_.db.kysely, ["disputes", "loans"])).toBe(true);
});
