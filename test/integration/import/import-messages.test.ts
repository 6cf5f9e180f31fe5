import { afterAll, beforeAll, expect, test } from "vitest";
import { type ImportBatch, type ImportRow, importMessages } from "../../../src/commands/import-messages.js";
import { dueAt } from "../../../src/domain/queue-order.js";
import { scoreText } from "../../../src/urgency/score.js";
import { limits } from "../../support/desk.js";
import { createTestDatabase, type TestDatabase } from "../../support/test-database.js";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const row = (userId: string, n: number, body: string): ImportRow => ({
  userId,
  sentAt: new Date(Date.UTC(2026, 0, 1, 10, 0, n)),
  body,
});

async function* batches(rows: ImportRow[], size = 2): AsyncGenerator<ImportBatch> {
  for (let from = 0; from < rows.length; from += size) {
    const part = rows.slice(from, from + size);
    yield { rows: part, records: from + part.length, rejected: 0 };
  }
}

let files = 0;
function run(
  source: AsyncIterable<ImportBatch>,
  options: Partial<Parameters<typeof importMessages>[2]> = {},
  wake: () => void = () => undefined,
) {
  const defaults = { file: { key: `f${++files}`, name: "f" }, keepAge: false, onBatch: () => undefined };
  return importMessages({ db: database.db, limits, wake }, source, {
    ...defaults,
    signal: new AbortController().signal,
    ...options,
  });
}

const ticketsOf = (userId: string) =>
  database.db.kysely
    .selectFrom("tickets")
    .innerJoin("customers", "customers.id", "tickets.customer_id")
    .innerJoin("messages", "messages.id", "tickets.opening_message_id")
    .innerJoin("urgency_scores", "urgency_scores.id", "tickets.urgency_score_id")
    .innerJoin("conversations", "conversations.id", "tickets.conversation_id")
    .selectAll("tickets")
    .select([
      "messages.text",
      "messages.created_at as said_at",
      "urgency_scores.model",
      "urgency_scores.raw",
      "urgency_scores.terms",
    ])
    .select(["conversations.last_seq", "conversations.channel", "urgency_scores.message_id as scored_message_id"])
    .where("user_id", "=", userId)
    .orderBy("tickets.id")
    .execute();

test("a row becomes what a live message is after score and route, and ages from now", async () => {
  const text = "My phone was stolen, block my account now!";
  const before = new Date();
  await run(batches([row("shape", 1, text)]));
  const [ticket] = await ticketsOf("shape");
  const expected = scoreText(text);
  const queue = await database.db.pool.query("SELECT name FROM queues WHERE $1 = ANY(topics) ORDER BY name LIMIT 1", [
    expected.topic,
  ]);
  expect(ticket).toMatchObject({
    status: "unassigned",
    version: 1,
    text,
    urgency: expected.score,
    urgency_level: expected.level,
    topic: expected.topic,
    queue: queue.rows[0]?.name ?? "general",
    model: expected.model,
    raw: expected.raw,
    terms: expected.terms,
    channel: "import",
    last_seq: 1,
    created_at: new Date(Date.UTC(2026, 0, 1, 10, 0, 1)),
    said_at: new Date(Date.UTC(2026, 0, 1, 10, 0, 1)),
  });
  expect(ticket?.scored_message_id).toBe(ticket?.opening_message_id);
  expect(ticket?.scored_at).toBeInstanceOf(Date);
  expect(ticket?.routed_at).toBeInstanceOf(Date);
  const waitsSince = ticket?.first_unanswered_at ?? new Date(0);
  expect(waitsSince.getTime()).toBeGreaterThanOrEqual(before.getTime() - 1000);
  expect(ticket?.due_at.getTime()).toBeCloseTo(
    dueAt(waitsSince, expected.score, limits.AGEING_HORIZON_HOURS).getTime(),
    -1,
  );
});

test("--keep-age: it ages from the row's own time, but never from the future", async () => {
  const future = { userId: "future", sentAt: new Date(Date.now() + 864e5), body: "Hello" };
  await run(batches([row("aged", 1, "Hello"), future]), { keepAge: true });
  expect((await ticketsOf("aged"))[0]?.first_unanswered_at).toEqual(new Date(Date.UTC(2026, 0, 1, 10, 0, 1)));
  expect((await ticketsOf("future"))[0]?.first_unanswered_at?.getTime()).toBeLessThan(Date.now() + 1000);
});

test("a batch tells the agents once, and the conversations' streams begin after it", async () => {
  await database.db.kysely.deleteFrom("outbox").execute();
  let woken = 0;
  const rows = [1, 2, 3].map((n) => row("told", n, `Hello ${n}`));
  await run(batches(rows, 2), {}, () => void woken++);
  const tickets = (await ticketsOf("told")).map((ticket) => ticket.id).sort((left, right) => left - right);
  const told = await database.db.kysely
    .selectFrom("outbox")
    .select(["stream", "type", "payload", "stage"])
    .orderBy("id")
    .execute();
  expect(told.map((event) => [event.stream, event.type])).toEqual([
    ["agents", "messages_imported"],
    ["agents", "messages_imported"],
  ]);
  const counts = told.map((event) => event.payload.count);
  expect([...counts].sort()).toEqual([1, 2]);
  const ids = told.flatMap((event) => [event.payload.first_id, event.payload.last_id]);
  expect(new Set(ids)).toEqual(new Set(tickets));
  expect(told.every((event) => event.stage === null)).toBe(true);
  expect(woken).toBe(2);
});

test("rows that are there already draw no ids, tell nobody, and count as duplicates", async () => {
  const rows = [1, 2, 3].map((n) => row("again", n, `Again ${n}`));
  expect(await run(batches(rows))).toMatchObject({ records: 3, imported: 3, duplicates: 0 });
  const idsBefore = await database.db.pool.query("SELECT last_value FROM tickets_id_seq");
  const outboxBefore = await database.db.pool.query("SELECT count(*) FROM outbox");
  expect(await run(batches(rows))).toMatchObject({ records: 3, imported: 0, duplicates: 3 });
  expect((await database.db.pool.query("SELECT last_value FROM tickets_id_seq")).rows).toEqual(idsBefore.rows);
  expect((await database.db.pool.query("SELECT count(*) FROM outbox")).rows).toEqual(outboxBefore.rows);
});

test("the customer's counts and last sign follow, also for one that was there before", async () => {
  await run(batches([row("counts", 5, "One")]));
  await run(batches([row("counts", 2, "Two"), row("counts", 3, "Three")]));
  const customer = await database.db.kysely
    .selectFrom("customers")
    .selectAll()
    .where("user_id", "=", "counts")
    .executeTakeFirst();
  expect(customer).toMatchObject({
    open_tickets: 3,
    total_tickets: 3,
    last_seen_at: new Date(Date.UTC(2026, 0, 1, 10, 0, 5)),
  });
});

test("aborted, it finishes its batch; the next run goes on behind it without asking the database for what is done", async () => {
  const rows = [1, 2, 3, 4, 5, 6].map((n) => row("abort", n, `Abort ${n}`));
  const stopping = new AbortController();
  const file = { key: "abort", name: "abort.csv" };
  const first = await run(batches(rows), { file, signal: stopping.signal, onBatch: () => stopping.abort() });
  expect(first.imported).toBeGreaterThan(0);
  expect(first.imported).toBeLessThan(6);
  const kept = await database.db.kysely
    .selectFrom("imports")
    .selectAll()
    .where("file_key", "=", "abort")
    .executeTakeFirst();
  expect(kept).toMatchObject({ records: first.records, finished_at: null });
  const second = await run(batches(rows), { file });
  expect(second).toEqual({ records: 6, imported: 6 - first.imported, duplicates: first.imported, rejected: 0 });
  expect(await ticketsOf("abort")).toHaveLength(6);
  const done = await database.db.kysely
    .selectFrom("imports")
    .selectAll()
    .where("file_key", "=", "abort")
    .executeTakeFirst();
  expect(done).toMatchObject({ records: 6, finished_at: expect.any(Date) });
});

test("when reading fails, what was read before is stored, and the import is not finished", async () => {
  async function* broken(): AsyncGenerator<ImportBatch> {
    yield* batches([row("broken", 1, "One")]);
    throw new Error("the disk is gone");
  }
  const file = { key: "broken", name: "broken.csv" };
  await expect(run(broken(), { file })).rejects.toThrow("the disk is gone");
  expect(await ticketsOf("broken")).toHaveLength(1);
  const kept = await database.db.kysely
    .selectFrom("imports")
    .selectAll()
    .where("file_key", "=", "broken")
    .executeTakeFirst();
  expect(kept).toMatchObject({ records: 1, finished_at: null });
});
