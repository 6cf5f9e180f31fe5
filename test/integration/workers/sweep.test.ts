import { sql } from "kysely";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type SweptQueue, type SweptStage, sweep, sweepGraceMs } from "../../../src/commands/sweep.js";
import { createTestDatabase, type TestDatabase } from "../../support/test-database.js";
import { type SeededTicket, seedTickets } from "./seed-tickets.js";

/** A queue that remembers what it was given, and says of itself what a test wants. */
function fakeQueue(waitingMs: Partial<Record<SweptStage, number>> = {}, known: number[] = []) {
  const enqueued: Record<SweptStage, { subjectId: number; since: Date }[]> = { score: [], route: [], deliver: [] };
  const asked: string[] = [];
  const queue: SweptQueue = {
    async oldestWaitingMs(stage) {
      asked.push(stage);
      return waitingMs[stage] ?? null;
    },
    async knownSubjects() {
      return known;
    },
    async enqueue(stage, items) {
      enqueued[stage].push(...items);
    },
  };
  return { queue, enqueued, asked };
}

describe("sweep", () => {
  let database: TestDatabase;
  const run = (sent: string, db = database.db) => sql.raw(sent).execute(db.kysely);
  const messageIds = (tickets: SeededTicket[]) => tickets.map((ticket) => ticket.messageId).sort((a, b) => a - b);
  const subjects = (items: { subjectId: number }[]) => items.map((item) => item.subjectId).sort((a, b) => a - b);

  beforeAll(async () => {
    database = await createTestDatabase();
  });
  beforeEach(async () => {
    await run("TRUNCATE users, conversations, outbox CASCADE");
    await run("UPDATE sequencer SET last_seq = 0, published_seq = 0");
    await run("TRUNCATE events");
  });
  afterAll(() => database.drop());

  it("enqueues what is unscored for more than 5 s, as old as it is, and leaves what is younger", async () => {
    const lost = await seedTickets(database.db, 3, 10);
    await seedTickets(database.db, 2, 1);
    const { queue, enqueued } = fakeQueue();
    expect(await sweep(database, queue, sweepGraceMs)).toEqual({ score: 3, route: 0, deliver: 0 });
    expect(subjects(enqueued.score)).toEqual(messageIds(lost));
    const age = Date.now() - (enqueued.score[0]?.since.getTime() ?? 0);
    expect(age).toBeGreaterThan(9000);
  });

  it("takes everything when the queue is known to have lost its jobs", async () => {
    await seedTickets(database.db, 2, 1);
    expect(await sweep(database, fakeQueue().queue, 0)).toMatchObject({ score: 2 });
  });

  it("asks nothing of the queue when nothing is undone", async () => {
    const [ticket] = await seedTickets(database.db, 1, 60);
    await run(`UPDATE tickets SET scored_at = now(), routed_at = now() WHERE id = ${ticket?.ticketId}`);
    const { queue, asked } = fakeQueue();
    expect(await sweep(database, queue, sweepGraceMs)).toEqual({ score: 0, route: 0, deliver: 0 });
    expect(asked).toEqual([]);
  });

  it("leaves alone what may still wait in its stage's queue", async () => {
    const old = await seedTickets(database.db, 1, 100);
    await seedTickets(database.db, 1, 30);
    const { queue, enqueued } = fakeQueue({ score: 60_000 });
    await sweep(database, queue, sweepGraceMs);
    expect(subjects(enqueued.score)).toEqual(messageIds(old));
  });

  it("leaves alone what may still stand in the outbox, or is sequenced and not enqueued", async () => {
    const old = await seedTickets(database.db, 1, 100);
    await seedTickets(database.db, 1, 30);
    await run(
      "INSERT INTO outbox (stream, type, payload, created_at) VALUES ('s', 't', '{}', now() - interval '60 s')",
    );
    const first = fakeQueue();
    await sweep(database, first.queue, sweepGraceMs);
    expect(subjects(first.enqueued.score)).toEqual(messageIds(old));
    await run("TRUNCATE outbox");
    await run("UPDATE sequencer SET last_seq = 2, published_seq = 1");
    await run(`INSERT INTO events (seq, stream, pos, type, payload, created_at)
      VALUES (1, 's', 1, 't', '{}', now() - interval '3 min'), (2, 's', 2, 't', '{}', now() - interval '60 s')`);
    const second = fakeQueue();
    await sweep(database, second.queue, sweepGraceMs);
    expect(subjects(second.enqueued.score)).toEqual(messageIds(old));
    await run("UPDATE sequencer SET published_seq = 2");
    expect(await sweep(database, fakeQueue().queue, sweepGraceMs)).toMatchObject({ score: 2 });
  });

  it("leaves alone what is known: dead letters, second tries, work under way", async () => {
    const lost = await seedTickets(database.db, 4, 20);
    const dead = lost.slice(0, 2).map((ticket) => ticket.messageId);
    const { queue, enqueued } = fakeQueue({}, dead);
    await sweep(database, queue, sweepGraceMs);
    expect(subjects(enqueued.score)).toEqual(messageIds(lost.slice(2)));
  });

  it("asks for the score of the customer's latest message, whatever the ticket's status", async () => {
    const [ticket] = await seedTickets(database.db, 1, 60);
    const { rows } = await sql<{ id: number }>`
      INSERT INTO messages (conversation_id, seq, sender_id, text, created_at)
      SELECT conversation_id, 2, sender_id, 'hello?', now() - interval '20 s' FROM messages
      WHERE id = ${ticket?.messageId} RETURNING id`.execute(database.db.kysely);
    await run(`UPDATE tickets SET customer_seq = 2, status = 'closed', closed_at = now(), version = version + 1
      WHERE id = ${ticket?.ticketId}`);
    const { queue, enqueued } = fakeQueue();
    await sweep(database, queue, sweepGraceMs);
    expect(subjects(enqueued.score)).toEqual([rows[0]?.id]);
  });

  it("asks for routing of what is scored and waits, not of what is owned or closed", async () => {
    const tickets = await seedTickets(database.db, 3, 60);
    await run("UPDATE tickets SET scored_at = now() - interval '20 s'");
    await run(`UPDATE tickets SET status = 'closed', closed_at = now(), version = version + 1
      WHERE id = ${tickets[0]?.ticketId}`);
    await run(`UPDATE tickets SET scored_at = now() WHERE id = ${tickets[1]?.ticketId}`);
    const { queue, enqueued } = fakeQueue();
    expect(await sweep(database, queue, sweepGraceMs)).toEqual({ score: 0, route: 1, deliver: 0 });
    expect(subjects(enqueued.route)).toEqual([tickets[2]?.ticketId]);
  });

  it("asks for deliveries that have been due for 5 s", async () => {
    const tickets = await seedTickets(database.db, 4, 60);
    await run("UPDATE tickets SET scored_at = now(), routed_at = now()");
    const dueIn = ["-20 s", "-1 s", "30 s", "-20 s"];
    for (const [index, ticket] of tickets.entries()) {
      await run(`INSERT INTO deliveries (message_id, conversation_id, channel, status, sent_at, next_attempt_at)
        VALUES (${ticket.messageId}, ${ticket.conversationId}, 'socket', '${index === 3 ? "sent" : "pending"}',
          ${index === 3 ? "now()" : "NULL"}, now() + interval '${dueIn[index]}')`);
    }
    const { queue, enqueued } = fakeQueue();
    expect(await sweep(database, queue, sweepGraceMs)).toMatchObject({ deliver: 1 });
    const { rows } = await sql<{ id: number }>`
      SELECT id FROM deliveries WHERE message_id = ${tickets[0]?.messageId}`.execute(database.db.kysely);
    expect(subjects(enqueued.deliver)).toEqual([rows[0]?.id]);
  });

  it("enqueues at most 1,000 of a stage, the oldest", async () => {
    const older = await seedTickets(database.db, 1000, 120);
    await seedTickets(database.db, 5, 60);
    const { queue, enqueued } = fakeQueue();
    expect(await sweep(database, queue, sweepGraceMs)).toMatchObject({ score: 1000 });
    expect(subjects(enqueued.score)).toEqual(messageIds(older));
  });
});
