import { sql } from "kysely";
import { afterAll, beforeAll, expect, it } from "vitest";
import { addNote } from "../../../src/commands/add-note.js";
import { claimTicket } from "../../../src/commands/claim-ticket.js";
import { replyToTicket } from "../../../src/commands/reply-to-ticket.js";
import { asViewer, readsAreGuarded } from "../../../src/db/as-viewer.js";
import { bindDatabase } from "../../../src/db/bound-database.js";
import { readConversation } from "../../../src/db/queries/read-conversation.js";
import { readMessage } from "../../../src/db/queries/read-message.js";
import { inClientTransaction, sqlState } from "../../../src/db/transaction.js";
import { type Desk, openDesk } from "../../support/desk.js";
import { createTestDatabase, type TestDatabase } from "../../support/test-database.js";

// The second wall alone: whoever reads here asks for everything, as if no policy had been asked before.

let test_: TestDatabase;
let desk: Desk;
let mine: { ticketId: number; customerId: number; conversationId: number };
let foreign: typeof mine;

beforeAll(async () => {
  test_ = await createTestDatabase();
  desk = await openDesk(test_.db);
  const agent = await desk.agent();
  const open = async (userId: string) => {
    const ticketId = await desk.message({ userId, body: `A secret of ${userId}` });
    await claimTicket(desk.as(agent), { ticketId, agentId: agent.id });
    await addNote(desk.as(agent), { ticketId, text: `A note about ${userId}` });
    await replyToTicket(desk.as(agent), { ticketId, agentId: agent.id, text: `An answer to ${userId}` });
    const row = await readMessage(test_.db.kysely, ticketId);
    return { ticketId, customerId: row?.customer.id ?? 0, conversationId: row?.conversationId ?? 0 };
  };
  mine = await open("U100");
  foreign = await open("U200");
});
afterAll(async () => {
  await desk.close();
  await test_.drop();
});

const textsOf = async (viewerId: number) =>
  asViewer(test_.db, viewerId, async (tx) => {
    const { rows } = await sql<{ text: string }>`SELECT text FROM messages ORDER BY id`.execute(tx);
    return rows.map((row) => row.text);
  });

it("stands in a fresh database", async () => {
  expect(await readsAreGuarded(test_.db)).toBe(true);
});

it("a customer that asks for every message gets its own, and no note", async () => {
  expect(await textsOf(mine.customerId)).toEqual(["A secret of U100", "An answer to U100"]);
  expect(await textsOf(foreign.customerId)).toEqual(["A secret of U200", "An answer to U200"]);
  expect(await textsOf(0)).toEqual([]);
});

it("the reads of the API find nothing of another customer's", async () => {
  const seen = await asViewer(test_.db, mine.customerId, async (tx) => ({
    own: (await readMessage(tx, mine.ticketId))?.reply?.text,
    other: await readMessage(tx, foreign.ticketId),
    said: (await readConversation(tx, mine.conversationId, { notes: true, limit: 100 })).map((said) => said.kind),
    overheard: await readConversation(tx, foreign.conversationId, { notes: true, limit: 100 }),
  }));
  expect(seen).toEqual({ own: "An answer to U100", other: null, said: ["text", "text"], overheard: [] });
});

it.each(["conversations", "participants", "tickets", "customers", "deliveries", "urgency_scores"])(
  "%s: only rows of its own",
  async (table) => {
    const count = async (viewerId: number) =>
      asViewer(test_.db, viewerId, async (tx) => {
        const { rows } = await sql<{ n: number }>`SELECT count(*) AS n FROM ${sql.table(table)}`.execute(tx);
        return rows[0]?.n ?? -1;
      });
    const { rows } = await test_.db.pool.query(`SELECT count(*) AS n FROM ${table}`);
    const both = (await count(mine.customerId)) + (await count(foreign.customerId));
    expect(both).toBe(rows[0].n);
    expect(await count(0)).toBe(0);
  },
);

it.each([
  "SELECT password_hash FROM users",
  "SELECT email FROM users",
  "SELECT * FROM events",
  "SELECT * FROM outbox",
  "SELECT * FROM api_keys",
  "SELECT * FROM refresh_tokens",
  "SELECT * FROM idempotency_keys",
  "UPDATE messages SET text = ''",
  "DELETE FROM messages",
  "INSERT INTO conversations DEFAULT VALUES",
])("refused altogether: %s", async (text) => {
  const state = await asViewer(test_.db, mine.customerId, (tx) => sql.raw(text).execute(tx)).then(
    () => null,
    (error: unknown) => sqlState(error),
  );
  expect(state).toBe("42501");
});

it("the connection is itself again afterwards, in a larger transaction too", async () => {
  const whoAmI = async (db: { query(text: string): Promise<{ rows: { who: string }[] }> }) =>
    (await db.query("SELECT current_user AS who")).rows[0]?.who;
  const before = await whoAmI(test_.db.pool);
  await textsOf(mine.customerId);
  expect(await whoAmI(test_.db.pool)).toBe(before);
  const inside = await inClientTransaction(test_.db, async (client) => {
    await asViewer(bindDatabase(client), mine.customerId, (tx) => sql`SELECT 1 FROM messages`.execute(tx));
    return whoAmI(client);
  });
  expect(inside).toBe(before);
});

it("can be put up again and again", async () => {
  const { rows } = await test_.db.pool.query("SELECT guard_reads() AS stands FROM generate_series(1, 3)");
  expect(rows).toEqual([{ stands: true }, { stands: true }, { stands: true }]);
  expect(await textsOf(0)).toEqual([]);
});

it("staff's full-text search keeps its index: no policy stands in its way", async () => {
  const plan = await inClientTransaction(test_.db, (client) =>
    client.query(`EXPLAIN SELECT id FROM messages WHERE tsv @@ websearch_to_tsquery('english', 'secret')`),
  );
  expect(plan.rows.map((row) => row["QUERY PLAN"]).join("\n")).toContain("messages_tsv");
});
