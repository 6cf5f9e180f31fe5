import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openDatabase } from "../../../src/db/database.js";
import {
  type ListOptions,
  listMessages,
  listMessagesStatement,
  type MessageOrder,
} from "../../../src/db/queries/list-messages.js";
import { ensureQueueIndex } from "../../../src/db/queries/queue-index.js";
import { parseSearch, searchMessages } from "../../../src/db/queries/search-messages.js";
import type { Sight } from "../../../src/domain/visibility.js";
import { createTestDatabase, type TestDatabase } from "../../support/test-database.js";

const rows = 200_000;
const said = 20_000;
const limit = 51;
let database: TestDatabase;

/** `general` has most, `loans` a third of all, `disputes` the 40 oldest, `credit` nothing; agent 1 owns 2,000 closed ones and 10. */
beforeAll(async () => {
  database = await createTestDatabase();
  // 200,000 rows with all their indexes take what they take.
  const patient = openDatabase({ url: database.url, name: "switchboard-test", poolMax: 1, statementTimeoutMs: 0 });
  const client = await patient.pool.connect();
  try {
    // No rule is looked at while the rows are made: the plan is what is tested.
    await client.query("SET session_replication_role = replica; SET statement_timeout = 0");
    await client.query("INSERT INTO users (id, role) SELECT g, 'customer' FROM generate_series(1001, 5000) g");
    await client.query("INSERT INTO customers (id, user_id) SELECT g, 'U' || g FROM generate_series(1001, 5000) g");
    await client.query(
      `INSERT INTO messages (id, conversation_id, seq, sender_id, text)
       SELECT g, g, 1, 1001 + g % 4000, 'message ' || g FROM generate_series(1, ${rows}, ${rows / said}) g`,
    );
    await client.query(
      `INSERT INTO tickets (id, conversation_id, customer_id, opening_message_id, due_at, queue, status, closed_at,
                            assignee_id, assigned_at)
       SELECT g, g, 1001 + g % 4000, 1, now() + (g::bigint * 7919 % 86400) * interval '1 second',
              CASE WHEN g <= 40 THEN 'disputes' WHEN g % 3 = 0 THEN 'loans' ELSE 'general' END,
              CASE WHEN g % 10 > 2 THEN 'unassigned' WHEN g % 1000 = 1 THEN 'in_progress' ELSE 'closed' END,
              CASE WHEN g % 10 <= 2 AND g % 1000 <> 1 THEN now() END,
              CASE WHEN g % 10 > 2 THEN NULL WHEN g % 100 = 2 OR g % 20000 = 1 THEN 1 ELSE 2 + g % 97 END,
              CASE WHEN g % 10 <= 2 THEN now() END
       FROM generate_series(1, ${rows}) g`,
    );
    await ensureQueueIndex(database.db, new AbortController().signal);
    await client.query("ANALYZE users, customers, messages, tickets");
  } finally {
    client.release();
    await patient.close();
  }
});
afterAll(() => database.drop());

async function explain(statement: ReturnType<typeof listMessagesStatement>): Promise<string> {
  const plan = await sql<{ "QUERY PLAN": string }>`EXPLAIN (ANALYZE, TIMING OFF, SUMMARY OFF) ${statement}`.execute(
    database.db.kysely,
  );
  return plan.rows.map((row) => row["QUERY PLAN"]).join("\n");
}

/** The most tickets that any node read, in all of its loops, those that it read in vain among them. */
function mostRead(plan: string): number {
  const lines = plan.split("\n");
  return Math.max(
    0,
    ...lines.map((line, at) => {
      const found = / on tickets\b.*actual rows=([\d.]+) loops=(\d+)/.exec(line);
      if (!found) return 0;
      const node = lines.slice(at + 1, at + 8);
      const end = node.findIndex((next) => next.includes("->"));
      const removed = /Rows Removed by (?:Filter|Index Recheck): (\d+)/.exec(
        node.slice(0, end < 0 ? 8 : end).join(" "),
      );
      return (Number(found[1]) + Number(removed?.[1] ?? 0)) * Number(found[2]);
    }),
  );
}

const of = (...queues: string[]): Sight => ({ kind: "queues", agentId: 1, queues });
const sights: [string, Sight][] = [
  ["two large queues", of("general", "loans")],
  ["a queue that has little, and that old", of("disputes")],
  ["a large one, one with little, and one with nothing", of("loans", "disputes", "credit")],
];

describe.each(sights)("a list of %s", (_what, sight) => {
  it.each([
    ["newest", undefined],
    ["oldest", undefined],
    ["newest", "unassigned"],
    ["queue", "unassigned"],
    ["newest", "closed"],
    ["queue", undefined],
    ["queue", "in_progress"],
  ] as const)(
    "%s, status %s: reads little more than it shows, from the first page to the middle",
    async (order, status) => {
      const options: ListOptions = { filters: { status }, order, limit, sight };
      const first = await explain(listMessagesStatement(options));
      expect(mostRead(first), first).toBeLessThanOrEqual(2500);
      const middle = await placeInTheMiddle(order);
      const later = await explain(listMessagesStatement({ ...options, after: middle }));
      expect(mostRead(later), later).toBeLessThanOrEqual(2500);
      expect(first + later).not.toContain("Seq Scan on tickets");
    },
  );

  it.each(["newest", "oldest", "queue"] as const)("%s: is what the rule says, page after page", async (order) => {
    const { kysely } = database.db;
    const ids: number[] = [];
    for (let after: { id: number; due: string } | undefined, page = 0; page < 3; page++) {
      const found = await listMessages(kysely, { filters: {}, order, after, limit: 40, sight });
      ids.push(...found.map(({ message }) => message.id));
      after = found.at(-1)?.place;
    }
    const by = { newest: sql`id DESC`, oldest: sql`id`, queue: sql`due_at, id` }[order];
    const queues = sight.kind === "queues" ? [...sight.queues] : [];
    const all = await sql<{ id: number }>`
      SELECT id FROM tickets WHERE assignee_id = 1 OR queue = ANY(${queues}) ORDER BY ${by} LIMIT 120`.execute(kysely);
    expect(ids).toEqual(all.rows.map((row) => row.id));
  });
});

it("reads the waiting of some queues from the index that the fill reads them from", async () => {
  const plan = await explain(
    listMessagesStatement({ filters: { status: "unassigned" }, order: "queue", limit, sight: of("general", "loans") }),
  );
  expect(plan).toContain("tickets_waiting_by_queue");
  expect(mostRead(plan), plan).toBeLessThanOrEqual(2 * limit);
});

it.each(["newest", "oldest", "queue"] as const)("lists its own, %s, from what it owns", async (order) => {
  for (const status of [undefined, "in_progress", "closed", "unassigned"] as const) {
    const sight: Sight = { kind: "own", agentId: 1 };
    const plan = await explain(listMessagesStatement({ filters: { status }, order, limit, sight }));
    expect(mostRead(plan), plan).toBeLessThanOrEqual(2500);
    expect(plan).not.toContain("Seq Scan on tickets");
  }
});

it("searches a word that all say among what is seen, without a walk over all messages", async () => {
  const { kysely } = database.db;
  const find = async (sight: Sight) => {
    const parsed = await parseSearch(kysely, "message");
    expect(parsed.common).toBe(true);
    const found = await searchMessages(kysely, {
      search: "message",
      parsed,
      filters: {},
      order: "newest",
      limit: 3,
      sight,
    });
    return found.map(({ message }) => message.id);
  };
  const newest = async (condition: string) =>
    (
      await database.db.pool.query<{ id: number }>(
        `SELECT id FROM tickets WHERE id % 10 = 1 AND (${condition}) ORDER BY id DESC LIMIT 3`,
      )
    ).rows.map(({ id }) => id);
  expect(await find(of("loans"))).toEqual(await newest("queue = 'loans' OR assignee_id = 1"));
  expect(await find(of("disputes"))).toEqual(await newest("queue = 'disputes' OR assignee_id = 1"));
  expect(await find({ kind: "own", agentId: 1 })).toEqual(await newest("assignee_id = 1"));
});

it("asks for all in the same words as ever", () => {
  const { kysely } = database.db;
  for (const filters of [{}, { status: "unassigned" as const }]) {
    const plain = listMessagesStatement({ filters, order: "queue", limit }).compile(kysely).sql;
    expect(listMessagesStatement({ filters, order: "queue", limit, sight: { kind: "all" } }).compile(kysely).sql).toBe(
      plain,
    );
    expect(plain).not.toMatch(/t\.queue (=|IN)|assignee_id = /);
  }
});

async function placeInTheMiddle(order: MessageOrder): Promise<{ id: number; due: string }> {
  const by = order === "queue" ? sql`due_at, id` : sql`id`;
  const { rows: found } = await sql<{ id: number; due: string }>`
    SELECT id, to_char(due_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS due FROM tickets
    ORDER BY ${by} OFFSET ${rows / 2} LIMIT 1`.execute(database.db.kysely);
  const [place] = found;
  if (!place) throw new Error("there are tickets");
  return place;
}
