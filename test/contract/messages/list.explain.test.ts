import { sql } from "kysely";
import { afterAll, beforeAll, expect, it } from "vitest";
import { listMessages, listMessagesStatement } from "../../../src/db/queries/list-messages.js";
import { parseSearch, searchMessages } from "../../../src/db/queries/search-messages.js";
import { createTestDatabase, type TestDatabase } from "../../support/test-database.js";

const rows = 60_000;
let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
  const { pool } = database.db;
  const client = await pool.connect();
  try {
    // No rule is looked at while the rows are made: the plan is what is tested.
    await client.query("SET session_replication_role = replica");
    await client.query("INSERT INTO users (id, role) SELECT g, 'customer' FROM generate_series(1, 500) g");
    await client.query("INSERT INTO customers (id, user_id) SELECT g, 'U' || g FROM generate_series(1, 500) g");
    await client.query(`INSERT INTO conversations (id) SELECT g FROM generate_series(1, ${rows}) g`);
    await client.query(
      `INSERT INTO messages (id, conversation_id, seq, sender_id, text)
       SELECT g, g, 1, 1 + g % 500, 'message ' || g FROM generate_series(1, ${rows}) g`,
    );
    await client.query(
      `INSERT INTO tickets (id, conversation_id, customer_id, opening_message_id, due_at, status, closed_at,
                            urgency, urgency_level)
       SELECT g, g, 1 + g % 500, g, now() + (g * 7919 % 86400) * interval '1 second',
              CASE WHEN g % 5 = 0 THEN 'closed' ELSE 'unassigned' END, CASE WHEN g % 5 = 0 THEN now() END,
              CASE WHEN g % 3 > 0 THEN 10 END, CASE WHEN g % 3 > 0 THEN 'low' END
       FROM generate_series(1, ${rows}) g`,
    );
    await client.query("ANALYZE users, customers, conversations, messages, tickets");
  } finally {
    client.release();
  }
});
afterAll(() => database.drop());

async function planOf(options: Parameters<typeof listMessagesStatement>[0]): Promise<string> {
  const plan = await sql<{ "QUERY PLAN": string }>`EXPLAIN (ANALYZE, TIMING OFF, SUMMARY OFF)
    ${listMessagesStatement(options)}`.execute(database.db.kysely);
  return plan.rows.map((row) => row["QUERY PLAN"]).join("\n");
}

/** The most tickets that any node of the plan read; how it finds their 500 customers is the planner's choice. */
function mostRows(plan: string): number {
  return Math.max(...[...plan.matchAll(/ on tickets\b.*actual rows=(\d+)/g)].map((match) => Number(match[1])));
}

/** The most rows that any node read in vain. */
function mostRemoved(plan: string): number {
  return Math.max(0, ...[...plan.matchAll(/Rows Removed by Filter: (\d+)/g)].map((match) => Number(match[1])));
}

it("reads the waiting in queue order from their partial index, and no more of them than it shows", async () => {
  const first = await planOf({ filters: { status: "unassigned" }, order: "queue", limit: 51 });
  expect(first).toMatch(/Index (Only )?Scan using tickets_waiting on/);
  expect(mostRows(first)).toBeLessThanOrEqual(51);
  const middle = await database.db.pool.query<{ id: number; due: string }>(
    `SELECT id, to_char(due_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS due FROM tickets
     WHERE status = 'unassigned' ORDER BY due_at, id OFFSET 30000 LIMIT 1`,
  );
  const after = middle.rows[0];
  expect(after).toBeDefined();
  const later = await planOf({ filters: { status: "unassigned" }, order: "queue", after, limit: 51 });
  expect(later).toContain("tickets_waiting on");
  expect(mostRows(later)).toBeLessThanOrEqual(51);
});

it("reads the newest, a status and a customer from an index too", async () => {
  for (const filters of [{}, { status: "closed" as const }, { userId: "U7" }]) {
    const plan = await planOf({ filters, order: "newest", limit: 51 });
    expect(plan).not.toContain("Seq Scan on tickets");
    expect(mostRows(plan)).toBeLessThanOrEqual(500);
  }
});

it("reads all in queue order from the two halves' indexes, page after page", async () => {
  const { kysely } = database.db;
  const ids: number[] = [];
  for (let after: { id: number; due: string } | undefined; ids.length < 120; ) {
    const options = { filters: {}, order: "queue" as const, after, limit: 40 };
    expect(mostRows(await planOf(options))).toBeLessThanOrEqual(40);
    const page = await listMessages(kysely, options);
    ids.push(...page.map(({ message }) => message.id));
    after = page.at(-1)?.place;
  }
  const all = await sql<{ id: number }>`SELECT id FROM tickets ORDER BY due_at, id LIMIT 120`.execute(kysely);
  expect(ids).toEqual(all.rows.map((row) => row.id));
  const closed = await planOf({ filters: { status: "closed" }, order: "queue", limit: 51 });
  expect(mostRows(closed)).toBeLessThanOrEqual(51);
});

it("reads a level that nobody has, and one that most have, from an index", async () => {
  for (const order of ["newest", "oldest", "queue"] as const) {
    for (const status of [undefined, "unassigned", "closed"] as const) {
      for (const level of ["critical", "low"] as const) {
        const plan = await planOf({ filters: { level, status }, order, limit: 51 });
        expect(plan).not.toContain("Seq Scan on tickets");
        expect(mostRows(plan), `${order} ${status} ${level}: ${plan}`).toBeLessThanOrEqual(51);
        expect(mostRemoved(plan), `${order} ${status} ${level}: ${plan}`).toBeLessThanOrEqual(1000);
      }
    }
  }
});

it("searches a word that all say and one that one says", async () => {
  const db = database.db.kysely;
  const find = async (search: string) => {
    const parsed = await parseSearch(db, search);
    const found = await searchMessages(db, { search, parsed, filters: {}, order: "rank", limit: 3 });
    return [parsed.common, found.map(({ message }) => message.id)];
  };
  expect(await find("messages")).toEqual([true, [rows, rows - 1, rows - 2]]);
  expect(await find("47113")).toEqual([false, [47_113]]);
  expect(await find("nothing like it")).toEqual([false, []]);
});
