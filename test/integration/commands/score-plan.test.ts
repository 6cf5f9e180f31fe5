import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Tx } from "../../../src/db/database.js";
import { insertScores } from "../../../src/db/queries/store-scores.js";
import { inTransaction } from "../../../src/db/transaction.js";
import { type Desk, openDesk } from "../../support/desk.js";
import { createTestDatabase, type TestDatabase } from "../../support/test-database.js";

let test_: TestDatabase;
let desk: Desk;
beforeAll(async () => {
  test_ = await createTestDatabase();
  desk = await openDesk(test_.db);
});
afterAll(async () => {
  await desk.close();
  await test_.drop();
});

const rowsReadOneByOne = async (tx: Tx) =>
  (
    await sql<{ n: number }>`
      SELECT seq_tup_read::int AS n FROM pg_stat_xact_user_tables WHERE relname = 'messages'`.execute(tx)
  ).rows[0]?.n ?? 0;

const storeOf = (tx: Tx, messageIds: readonly number[], model: string) => {
  const score = { model, score: 50, level: "normal" as const, topic: "other", raw: 0, terms: [], editedAt: null };
  return insertScores(
    tx,
    messageIds.map((messageId) => ({ messageId, ...score })),
  );
};

test("scores are stored without reading all messages, by a plan that was made when there were few", async () => {
  await desk.message({ body: "Where is my money?" });
  await inTransaction(test_.db, async (tx) => {
    const { rows } = await sql<{ id: number; conversation_id: number; sender_id: number }>`
      SELECT id, conversation_id, sender_id FROM messages LIMIT 1`.execute(tx);
    const first = rows[0];
    if (!first) throw new Error("no message was stored");
    // The sixth run is the first that may use a plan for any values, and keeps it.
    for (let run = 0; run < 7; run++) await storeOf(tx, [first.id], `young ${run}`);
    const { rows: added } = await sql<{ id: number }>`
      INSERT INTO messages (conversation_id, seq, sender_id, kind, text)
      SELECT ${first.conversation_id}, n + 1, ${first.sender_id}, 'text', 'And?' FROM generate_series(1, 2000) n
      RETURNING id`.execute(tx);
    const before = await rowsReadOneByOne(tx);
    const ids = added.slice(0, 20).map((row) => row.id);
    expect((await storeOf(tx, ids, "grown")).size).toBe(20);
    expect((await rowsReadOneByOne(tx)) - before).toBe(0);
  });
});
