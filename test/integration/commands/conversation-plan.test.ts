import { sql } from "kysely";
import type { PoolClient } from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { asViewer } from "../../../src/db/as-viewer.js";
import { bindDatabase } from "../../../src/db/bound-database.js";
import { readConversation } from "../../../src/db/queries/read-conversation.js";
import { listConversations, readUnread } from "../../../src/db/queries/read-conversations.js";
import { inClientTransaction } from "../../../src/db/transaction.js";
import { seesAll } from "../../../src/domain/visibility.js";
import { createTestDatabase, type TestDatabase } from "../../support/test-database.js";

// A thread of 100,000 messages, and a user with 1,000 unread threads, 2,000 read ones, among 18,000 others, as asked for behind the second wall.

let test_: TestDatabase;
const reader = { userId: 2001, isStaff: false, sight: seesAll };
const long = 50_000;

beforeAll(async () => {
  test_ = await createTestDatabase(1);
  const seed = [
    "INSERT INTO users (id, role, name) SELECT n, 'customer', 'U' || n FROM generate_series(2001, 2100) n",
    "INSERT INTO customers (id, user_id) SELECT id, 'x' || id FROM users WHERE id BETWEEN 2001 AND 2100",
    `INSERT INTO conversations (id, kind, last_seq, last_message_at, participant_key, job_id)
     SELECT n, 'direct', 5, now() - n * interval '1 second', '2001,2002', n FROM generate_series(1, 21000) n`,
    `INSERT INTO participants (conversation_id, user_id, role, unread_count)
     SELECT n, CASE WHEN n <= 1000 THEN 2001 ELSE 2003 + n % 90 END, 'member', 5 FROM generate_series(1, 21000) n`,
    // What it has read in other threads is not walked.
    `INSERT INTO participants (conversation_id, user_id, role) SELECT n, 2001, 'member' FROM generate_series(1001, 3000) n`,
    `INSERT INTO participants (conversation_id, user_id, role) SELECT n, 2002, 'member' FROM generate_series(1, 21000) n`,
    `INSERT INTO conversations (id, kind, last_seq, last_message_at) VALUES (${long}, 'direct', 100000, now() - interval '1 day')`,
    `INSERT INTO participants (conversation_id, user_id, role) VALUES (${long}, 2001, 'member'), (${long}, 2002, 'member')`,
    "ALTER TABLE messages DISABLE TRIGGER messages_unread",
    `INSERT INTO messages (conversation_id, seq, sender_id, text) SELECT ${long}, n, 2002, 'm' || n FROM generate_series(1, 100000) n`,
    "ALTER TABLE messages ENABLE TRIGGER messages_unread",
    // As autovacuum does on its own within a minute of so many rows.
    "ANALYZE",
  ];
  for (const text of seed) await test_.db.pool.query(text);
}, 120_000);
afterAll(() => test_.drop());

const readsOf = async (work: () => Promise<unknown>) => {
  const so = `SELECT relname, seq_scan::int AS scans, (seq_tup_read + idx_tup_fetch)::int AS rows
              FROM pg_stat_xact_user_tables`;
  await test_.db.pool.query("BEGIN");
  try {
    const before = await test_.db.pool.query<{ relname: string; scans: number; rows: number }>(so);
    await work();
    const after = await test_.db.pool.query<{ relname: string; scans: number; rows: number }>(so);
    const was = new Map(before.rows.map((row) => [row.relname, row]));
    return Object.fromEntries(
      after.rows.map(({ relname, scans, rows }) => [
        relname,
        { scans: scans - (was.get(relname)?.scans ?? 0), rows: rows - (was.get(relname)?.rows ?? 0) },
      ]),
    );
  } finally {
    await test_.db.pool.query("ROLLBACK");
  }
};

test.each([
  ["the end", {}],
  ["the middle, back", { before: 50_000 }],
  ["the middle, forth", { after: 50_000 }],
  ["the beginning", { before: 60 }],
])("a page of 100,000 messages at %s reads that page", async (_, from) => {
  let length = 0;
  const reads = await readsOf(async () => {
    length = (await readConversation(test_.db.kysely, long, { notes: false, limit: 51, ...from })).length;
  });
  expect(length).toBe(51);
  expect(reads.messages).toMatchObject({ scans: 0 });
  expect(reads.messages?.rows).toBeLessThan(60);
});

test("the page behind the second wall is found by the same key", async () => {
  const plan = await asViewer(test_.db, 2001, async (tx) => {
    const { rows } = await sql<{ "QUERY PLAN": string }>`
      EXPLAIN SELECT id FROM messages WHERE conversation_id = ${long} AND kind <> 'note' AND seq < 50000
      ORDER BY seq DESC LIMIT 51`.execute(tx);
    return rows.map((row) => row["QUERY PLAN"]).join("\n");
  });
  expect(plan).toContain("messages_conversation_id_seq_key");
  expect(plan).not.toContain("Sort");
  const rows = await asViewer(test_.db, 2001, (tx) =>
    readConversation(tx, long, { notes: false, limit: 51, before: 50_000 }),
  );
  expect(rows.map((row) => row.seq)).toEqual(Array.from({ length: 51 }, (_, n) => 49_949 + n));
});

test("behind the second wall who takes part is asked by the key for each row, and how far they read once", async () => {
  const plan = await inClientTransaction(test_.db, async (client) => {
    let explained = "";
    const explaining = async (text: string, values: unknown[]) => {
      if (!text.includes("read-said")) return client.query(text, values);
      const { rows } = await client.query(`EXPLAIN ${text.replace(/\/\*.*?\*\//, "")}`, values);
      explained = rows.map((row) => row["QUERY PLAN"]).join("\n");
      return { rows: [] };
    };
    const bound = { query: explaining, release: () => undefined } as unknown as PoolClient;
    await asViewer(bindDatabase(bound), 2001, (tx) =>
      readConversation(tx, long, { notes: false, limit: 51, before: 50_000 }),
    );
    return explained;
  });
  expect(plan).toContain("One-Time Filter");
  expect(plan).toContain("messages_conversation_id_seq_key");
  expect(plan).toContain("participants_pkey");
  expect(plan.match(/CTE Scan on marks/g)).toHaveLength(2);
  expect(plan).not.toContain("Seq Scan");
  expect(plan).not.toContain("hashed SubPlan");
  // The function stands in the policy of the participants alone, behind the condition that a reader's own row meets.
  for (const asked of plan.split("\n").filter((line) => line.includes("viewer_takes_part"))) {
    expect(asked).toContain("switchboard.viewer");
  }
});

test("a stranger's page asks about none of 100,000 messages", async () => {
  const read = sql<{ n: number }>`
    SELECT (seq_tup_read + idx_tup_fetch)::int AS n FROM pg_stat_xact_user_tables WHERE relname = 'messages'`;
  const seen = await inClientTransaction(test_.db, (client) =>
    asViewer(bindDatabase(client), 2050, async (tx) => {
      const before = (await read.execute(tx)).rows[0]?.n ?? 0;
      const rows = await readConversation(tx, long, { notes: false, limit: 51 });
      return [rows.length, ((await read.execute(tx)).rows[0]?.n ?? 0) - before];
    }),
  );
  expect(seen).toEqual([0, 0]);
});

test("the unread counts of 1,000 threads are one walk of the user's part of the index", async () => {
  let counts = { unread: 0, byConversation: {} };
  const reads = await readsOf(async () => {
    const { unread, byConversation } = await readUnread(test_.db.kysely, reader);
    counts = { unread, byConversation: JSON.parse(byConversation) };
  });
  expect(Object.keys(counts.byConversation)).toHaveLength(1000);
  expect(counts).toMatchObject({ unread: 5000, byConversation: { 1: 5, 1000: 5 } });
  expect(reads.participants).toMatchObject({ scans: 0 });
  expect(reads.participants?.rows).toBeLessThanOrEqual(1000);
  expect(reads.conversations?.rows ?? 0).toBe(0);
});

test("a user's list reads its own threads, and no others", async () => {
  let found: { id: number }[] = [];
  const reads = await readsOf(async () => {
    found = await listConversations(test_.db.kysely, reader, { archived: false, ownOnly: true, limit: 51 });
  });
  expect(found.map((row) => row.id)).toEqual(Array.from({ length: 51 }, (_, n) => n + 1));
  expect(reads.conversations).toMatchObject({ scans: 0 });
  expect(reads.conversations?.rows).toBeLessThan(300);
  expect(reads.participants?.rows).toBeLessThan(600);
});

test("behind the second wall its list reads no more than that", async () => {
  const read = sql<{ relname: string; n: number }>`
    SELECT relname, (seq_tup_read + idx_tup_fetch)::int AS n FROM pg_stat_xact_user_tables
    WHERE relname IN ('participants', 'conversations') ORDER BY relname`;
  // Within one transaction, which sees what it has read itself.
  const seen = await inClientTransaction(test_.db, (client) =>
    asViewer(bindDatabase(client), 2001, async (tx) => {
      const before = (await read.execute(tx)).rows;
      const rows = await listConversations(tx, reader, { archived: false, ownOnly: true, limit: 51 });
      const after = (await read.execute(tx)).rows;
      return { ids: rows.map((row) => row.id), reads: after.map(({ n }, at) => n - (before[at]?.n ?? 0)) };
    }),
  );
  expect(seen.ids).toEqual(Array.from({ length: 51 }, (_, n) => n + 1));
  expect(Math.min(...seen.reads)).toBeGreaterThan(0);
  for (const n of seen.reads) expect(n).toBeLessThan(1200);
});

test("the pages of a user's list are all of its threads, each once, by their latest message", async () => {
  const ids: number[] = [];
  for (let after: { at: string; id: number } | undefined, pages = 0; pages < 40; pages++) {
    const options = { archived: false, ownOnly: true, limit: 100, after };
    const page = await listConversations(test_.db.kysely, reader, options);
    ids.push(...page.map((row) => row.id));
    const last = page.at(-1);
    if (!last || page.length < 100) break;
    after = { at: last.place, id: last.id };
  }
  expect(ids).toEqual([...Array.from({ length: 3000 }, (_, n) => n + 1), long]);
});

test("a thread's place goes with its latest message, for each who takes part", async () => {
  const { pool } = test_.db;
  await pool.query("BEGIN");
  await pool.query("UPDATE conversations SET last_message_at = now() + interval '1 hour' WHERE id = 2500");
  const first = await listConversations(test_.db.kysely, reader, { archived: false, ownOnly: true, limit: 2 });
  const { rows } = await pool.query(
    `SELECT count(*)::int AS n FROM participants p JOIN conversations c ON c.id = p.conversation_id
     WHERE p.talk_at IS DISTINCT FROM coalesce(c.last_message_at, c.created_at)`,
  );
  await pool.query("ROLLBACK");
  expect([first.map((row) => row.id), rows]).toEqual([[2500, 1], [{ n: 0 }]]);
});
