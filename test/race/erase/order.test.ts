import { afterAll, beforeAll, expect, test } from "vitest";
import { addNote } from "../../../src/commands/add-note.js";
import { claimTicket } from "../../../src/commands/claim-ticket.js";
import { eraseCustomer } from "../../../src/commands/erase-customer.js";
import { receiveMessage } from "../../../src/commands/receive-message.js";
import { replyToTicket } from "../../../src/commands/reply-to-ticket.js";
import { updateCustomer } from "../../../src/commands/update-customer.js";
import { updateTicket } from "../../../src/commands/update-ticket.js";
import { biteOutbox } from "../../../src/db/queries/bite-outbox.js";
import { readMessagesToScore } from "../../../src/db/queries/read-unscored.js";
import { insertScores, lockTickets } from "../../../src/db/queries/store-scores.js";
import { inTransaction } from "../../../src/db/transaction.js";
import { admin, type Desk, openDesk } from "../../support/desk.js";
import { findInTables } from "../../support/dump.js";
import { createTestDatabase, type TestDatabase } from "../../support/test-database.js";
import { until } from "../../support/until.js";

let database: TestDatabase;
let desk: Desk;
beforeAll(async () => {
  database = await createTestDatabase(20);
  desk = await openDesk(database.db);
});
afterAll(async () => {
  await desk.close();
  await database.drop();
});

const rowsOf = async <T extends object>(text: string, values: unknown[] = []) =>
  (await database.db.pool.query<T>(text, values)).rows;

/** How many sessions of this database wait for a lock. */
async function waiting(): Promise<number> {
  const rows = await rowsOf<{ n: number }>(
    "SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
  );
  return rows[0]?.n ?? 0;
}

/** A ticket of a customer of its own that says `word`. */
async function written(word: string) {
  const userId = `${word}-id`;
  const ticketId = await desk.message({ userId, body: word });
  const [row] = await rowsOf<{ customer: number; talk: number; said: number }>(
    "SELECT customer_id AS customer, conversation_id AS talk, opening_message_id AS said FROM tickets WHERE id = $1",
    [ticketId],
  );
  if (!row) throw new Error("a ticket that was just made is there");
  return { ticketId, userId, customerId: row.customer, talkId: row.talk, messageId: row.said };
}

/** Begins each once the one before it waits for what `lock` holds, then lets go: they come to it in that order. */
async function inOrder(lock: string, ids: number[], acts: (() => Promise<unknown>)[]) {
  const client = await database.db.pool.connect();
  const outcomes: Promise<unknown>[] = [];
  try {
    await client.query("BEGIN");
    await client.query(lock, ids);
    for (const act of acts) {
      const before = await waiting();
      const outcome = act();
      outcome.catch(() => undefined);
      outcomes.push(outcome);
      await until(async () => (await waiting()) > before, "the act waits for the lock");
    }
    await client.query("COMMIT");
  } finally {
    client.release();
  }
  return Promise.allSettled(outcomes);
}

const lockTalk = "SELECT FROM conversations WHERE id = $1 FOR NO KEY UPDATE";
const lockCustomer = "SELECT FROM customers WHERE id = $1 FOR NO KEY UPDATE";
const codeOf = (outcome: PromiseSettledResult<unknown> | undefined) =>
  outcome?.status === "rejected" ? String(outcome.reason.code ?? outcome.reason) : "done";

test("who waits for the erasure's lock with a word in hand is refused", async () => {
  const agent = await desk.agent();
  for (const [name, act, code] of [
    ["note", (id: number) => addNote(desk.as(agent), { ticketId: id, text: "xqlate-note" }), "already_closed"],
    [
      "reply",
      (id: number) => replyToTicket(desk.as(agent), { ticketId: id, agentId: agent.id, text: "xqlate-reply" }),
      "already_closed",
    ],
    [
      "edit",
      (id: number) => updateTicket(desk.as(admin), { ticketId: id, title: "xqlate-edit", description: "xqlate-edit" }),
      "already_closed",
    ],
  ] as const) {
    const it = await written(`xqlate${name}`);
    await claimTicket(desk.as(agent), { ticketId: it.ticketId, agentId: agent.id });
    const [erased, late] = await inOrder(
      lockTalk,
      [it.talkId],
      [() => eraseCustomer(desk.as(admin), { customerId: it.customerId }), () => act(it.ticketId)],
    );
    expect([name, codeOf(erased), codeOf(late)]).toEqual([name, "done", code]);
  }
  expect(await findInTables(database.db, ["xqlate"])).toEqual([]);
});

test("a follow-up that found its ticket before the erasure began, and comes to the lock after it, is refused", async () => {
  const it = await written("xqfollow");
  await eraseCustomer(desk.as(admin), { customerId: it.customerId });
  // What it read before: the customer under its own id.
  await database.db.pool.query("UPDATE customers SET user_id = 'follower' WHERE id = $1", [it.customerId]);
  const late = receiveMessage(desk.as(admin), { userId: "follower", body: "xqfollow up", replyTo: it.ticketId });
  await expect(late).rejects.toMatchObject({ code: "message_not_found" });
  expect(await findInTables(database.db, ["xqfollow"])).toEqual([]);
});

test("who has the lock before the erasure writes, and its words go", async () => {
  const agent = await desk.agent();
  const it = await written("xqearly");
  await claimTicket(desk.as(agent), { ticketId: it.ticketId, agentId: agent.id });
  const reply = { ticketId: it.ticketId, agentId: agent.id, text: "xqearly-reply", keepOpen: true };
  const [replied, erased] = await inOrder(
    lockTalk,
    [it.talkId],
    [() => replyToTicket(desk.as(agent), reply), () => eraseCustomer(desk.as(admin), { customerId: it.customerId })],
  );
  expect([codeOf(replied), codeOf(erased)]).toEqual(["done", "done"]);
  expect(await rowsOf("SELECT last_seq AS n FROM conversations WHERE id = $1", [it.talkId])).toEqual([{ n: 2 }]);
  expect(await findInTables(database.db, ["xqearly"])).toEqual([]);
});

test("a message that waits for the erasure's lock is a new customer's", async () => {
  const it = await written("xqagain");
  const [erased, after] = await inOrder(
    lockCustomer,
    [it.customerId],
    [
      () => eraseCustomer(desk.as(admin), { customerId: it.customerId }),
      () => desk.message({ userId: it.userId, body: "xqnext" }),
    ],
  );
  expect([codeOf(erased), codeOf(after)]).toEqual(["done", "done"]);
  const anew = await rowsOf<{ id: number }>("SELECT id, total_tickets FROM customers WHERE user_id = $1", [it.userId]);
  expect(anew).toEqual([{ id: expect.any(Number), total_tickets: 1 }]);
  expect(anew[0]?.id).not.toBe(it.customerId);
  expect(await findInTables(database.db, ["xqnext"])).not.toEqual([]);
});

test("a message that has the lock before the erasure is gone with it", async () => {
  const it = await written("xqbefore");
  const [said, erased] = await inOrder(
    lockCustomer,
    [it.customerId],
    [
      () => desk.message({ userId: it.userId, body: "xqbefore too" }),
      () => eraseCustomer(desk.as(admin), { customerId: it.customerId }),
    ],
  );
  expect([codeOf(said), codeOf(erased)]).toEqual(["done", "done"]);
  const [old] = await rowsOf("SELECT total_tickets, open_tickets FROM customers WHERE id = $1", [it.customerId]);
  expect(old).toEqual({ total_tickets: 2, open_tickets: 0 });
  expect(await findInTables(database.db, ["xqbefore"])).toEqual([]);
});

test("a profile that is changed while it waits for the erasure's lock is not there any more", async () => {
  const it = await written("xqprofile");
  const [erased, late] = await inOrder(
    lockCustomer,
    [it.customerId],
    [
      () => eraseCustomer(desk.as(admin), { customerId: it.customerId }),
      () => updateCustomer(desk.as(admin), { customerId: it.customerId, name: "xqprofile", phone: "xqprofile" }),
    ],
  );
  expect([codeOf(erased), codeOf(late)]).toEqual(["done", "customer_not_found"]);
  expect(await findInTables(database.db, ["xqprofile"])).toEqual([]);
});

test("words that the sequencer takes into the log at that moment go from the log", async () => {
  const it = await written("xqbitten");
  const client = await database.db.pool.connect();
  let erased: Promise<unknown>;
  try {
    await client.query("BEGIN");
    expect((await biteOutbox(client)).length).toBeGreaterThan(0);
    erased = eraseCustomer(desk.as(admin), { customerId: it.customerId });
    erased.catch(() => undefined);
    await until(async () => (await waiting()) > 0, "the erasure waits for the bite");
    await client.query("COMMIT");
  } finally {
    client.release();
  }
  await erased;
  expect(await findInTables(database.db, ["xqbitten"])).toEqual([]);
});

test("a score whose text was read before the erasure is not kept: its terms are words", async () => {
  const it = await written("xqscored");
  const [read] = await readMessagesToScore(database.db.kysely, [it.messageId]);
  expect(read?.texts).toEqual(["xqscored"]);
  await eraseCustomer(desk.as(admin), { customerId: it.customerId });
  const kept = await inTransaction(database.db, async (tx) => {
    await lockTickets(tx, [it.ticketId]);
    const terms = [{ term: "xqscored", stem: "xqscored", weight: 1, start: 0, end: 8 }];
    const score = { model: "m", score: 50, level: "normal" as const, topic: "other", raw: 0, terms };
    return insertScores(tx, [{ messageId: it.messageId, editedAt: read?.editedAt ?? null, ...score }]);
  });
  expect(kept.size).toBe(0);
  expect(await findInTables(database.db, ["xqscored"])).toEqual([]);
});
