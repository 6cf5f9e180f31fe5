import { afterAll, beforeAll, expect, test } from "vitest";
import { createUser } from "../../../src/commands/create-user.js";
import { GatheredPosts } from "../../../src/commands/gathered-posts.js";
import { openThread } from "../../../src/commands/open-thread.js";
import { type PostedMessage, postMessage } from "../../../src/commands/post-message.js";
import { respondAsUser } from "../../../src/commands/respond-as-user.js";
import { bindDatabase } from "../../../src/db/bound-database.js";
import type { Actor } from "../../../src/domain/policy.js";
import { type Desk, openDesk } from "../../support/desk.js";
import { createTestDatabase, type TestDatabase } from "../../support/test-database.js";
import { until } from "../../support/until.js";

let test_: TestDatabase;
let desk: Desk;
let people: (Actor & { id: number })[];

beforeAll(async () => {
  test_ = await createTestDatabase(8);
  desk = await openDesk(test_.db);
  people = [];
  for (const name of ["Ann", "Ben", "Cid", "Dot"]) {
    const user = await createUser(test_, { role: "customer", name, email: null, password: null, userId: `G-${name}` });
    people.push({ kind: "user", id: user.id, role: "customer", name });
  }
});
afterAll(async () => {
  await desk.close();
  await test_.drop();
});

const person = (n: number) => people[n] as Actor & { id: number };
const as = (n: number, requestId = "test-request") => ({ ...desk.as(person(n)), requestId });

/** A flush tells how many messages it held, and with what it ended. */
const open = () => {
  const flushes: { messages: number; error: unknown }[] = [];
  const woken = { times: 0 };
  const posts = new GatheredPosts({
    db: test_.db,
    wake: () => woken.times++,
    flushRows: 256,
    queueMax: 1000,
    onFlush: (messages, _seconds, error) => flushes.push({ messages, error }),
  });
  return { posts, flushes, woken };
};

let jobs = 0;
const thread = async (...members: number[]) => {
  const participantIds = members.map((n) => person(n).id);
  const opened = await openThread(as(members[0] ?? 0), { participantIds, jobId: ++jobs });
  return opened.conversationId;
};

const said = async (conversationId: number) =>
  (
    await test_.db.pool.query(
      "SELECT id, seq, sender_id, text, metadata, client_id, created_at FROM messages WHERE conversation_id = $1 ORDER BY seq",
      [conversationId],
    )
  ).rows;

const told = async (conversationId: number) =>
  (
    await test_.db.pool.query(
      "SELECT type, payload, request_id, stage FROM outbox WHERE stream = $1 AND type = 'message:new' ORDER BY id",
      [`conversation:${conversationId}`],
    )
  ).rows;

const unread = async (conversationId: number) =>
  (
    await test_.db.pool.query(
      "SELECT user_id, unread_count FROM participants WHERE conversation_id = $1 ORDER BY user_id",
      [conversationId],
    )
  ).rows.map((row) => row.unread_count);

test("what is said at once in many threads is one flush: each on disk, counted, told with its own request", async () => {
  const { posts, flushes, woken } = open();
  const threads = await Promise.all([thread(0, 1), thread(1, 2), thread(2, 3)]);
  const answers = await Promise.all(
    threads.flatMap((conversationId, n) =>
      [0, 1].map((k) =>
        posts.post(as(n + k, `r-${n}-${k}`), {
          conversationId,
          text: `t${n}${k}`,
          metadata: { n, k },
          clientId: `c${k}`,
        }),
      ),
    ),
  );
  expect(flushes).toEqual([{ messages: 6, error: null }]);
  expect(woken.times).toBe(1);
  for (const [n, conversationId] of threads.entries()) {
    const own = answers.filter(({ message }) => message.conversation_id === conversationId);
    const rows = await said(conversationId);
    expect(rows.map((row) => [row.seq, row.text, row.sender_id, row.metadata, row.client_id])).toEqual(
      [0, 1].map((k) => [k + 1, `t${n}${k}`, person(n + k).id, { n, k }, `c${k}`]),
    );
    expect(own.map(({ message, isNew }) => [message.id, message.seq, message.sent_at, isNew])).toEqual(
      rows.map((row) => [row.id, row.seq, row.created_at.toISOString(), true]),
    );
    const events = await told(conversationId);
    expect(events.map((event) => event.payload.message)).toEqual(own.map(({ message }) => message));
    expect(events.map((event) => [event.request_id, event.stage])).toEqual([
      [`r-${n}-0`, null],
      [`r-${n}-1`, null],
    ]);
    expect(await unread(conversationId)).toEqual([1, 1]);
  }
});

test("it is told and answered as postMessage tells and answers", async () => {
  const { posts } = open();
  const conversationId = await thread(0, 1);
  const words = { conversationId, text: '<b>é</b> \\ "q"\n', metadata: { a: { b: [1, null, "x"] } }, clientId: "same" };
  const alone = await postMessage(as(0), { ...words, clientId: "alone" });
  const { message } = await posts.post(as(0), words);
  const bare = (one: PostedMessage["message"]) => ({ ...one, id: 0, seq: 0, sent_at: "", client_id: "" });
  expect(bare(message)).toEqual(bare(alone.message));
  const [first, second] = (await told(conversationId)).map((event) => event.payload.message);
  expect(bare(second)).toEqual(bare(first));
  const { rows } = await test_.db.pool.query(
    `SELECT c.last_seq, c.last_message_at = m.created_at AS latest,
            (SELECT bool_and(talk_at = c.last_message_at) FROM participants p WHERE p.conversation_id = c.id) AS placed
     FROM conversations c JOIN messages m ON m.id = $2 WHERE c.id = $1`,
    [conversationId, message.id],
  );
  expect(rows).toEqual([{ last_seq: 2, latest: true, placed: true }]);
});

test("messages of one thread in one flush stand in the order in which they were asked for", async () => {
  const { posts, flushes } = open();
  const [conversationId, other] = [await thread(0, 1), await thread(2, 3)];
  const answers = await Promise.all(
    Array.from({ length: 40 }, (_, n) =>
      n % 4 === 3
        ? posts.post(as(2), { conversationId: other, text: `o${n}` })
        : posts.post(as(n % 2), { conversationId, text: `m${n}` }),
    ),
  );
  expect(flushes).toEqual([{ messages: 40, error: null }]);
  const order = Array.from({ length: 40 }, (_, n) => n).filter((n) => n % 4 !== 3);
  expect((await said(conversationId)).map((row) => row.text)).toEqual(order.map((n) => `m${n}`));
  const events = (await told(conversationId)).map(({ payload }) => [payload.message.seq, payload.message.text]);
  expect(events).toEqual(order.map((n, at) => [at + 1, `m${n}`]));
  expect(order.map((n) => answers[n]?.message.seq)).toEqual(order.map((_, at) => at + 1));
});

test("what is refused is refused alone, with its own words, and the others are said", async () => {
  const { posts } = open();
  const conversationId = await thread(0, 1);
  const gone = await thread(0, 1);
  await test_.db.pool.query("UPDATE conversations SET deleted_at = now() WHERE id = $1", [gone]);
  const outcomes = await Promise.allSettled([
    posts.post(as(0), { conversationId, text: "one" }),
    posts.post(as(2), { conversationId, text: "a stranger's" }),
    posts.post(desk.as({ kind: "user", id: person(3).id, role: "admin", name: "Admin" }), {
      conversationId,
      text: "looks on",
    }),
    posts.post(as(0), { conversationId: 999_999_999, text: "nowhere" }),
    posts.post(as(0), { conversationId: gone, text: "in a deleted one" }),
    posts.post(as(0), { conversationId, text: "  " }),
    posts.post(as(0), { conversationId, text: "a note", kind: "note" }),
    posts.post(as(0), { conversationId, text: "", attachmentId: 5 }),
    posts.post(as(1), { conversationId, text: "two" }),
  ]);
  expect(outcomes.map((one) => (one.status === "fulfilled" ? one.value.message.text : one.reason.code))).toEqual([
    "one",
    "conversation_not_found",
    "forbidden",
    "conversation_not_found",
    "conversation_not_found",
    "invalid_body",
    "type_reserved",
    "attachment_not_found",
    "two",
  ]);
  // The note and the file may have held the thread at that moment: then each of these went its own way.
  expect((await said(conversationId)).map((row) => row.text).sort()).toEqual(["one", "two"]);
});

test("one whose data makes the flush fail, fails alone", async () => {
  const { posts, flushes } = open();
  const conversationId = await thread(0, 1);
  const outcomes = await Promise.allSettled([
    posts.post(as(0), { conversationId, text: "before" }),
    posts.post(as(1), { conversationId, text: "a NUL \u0000" }),
    posts.post(as(0), { conversationId, text: "after" }),
  ]);
  expect(flushes).toMatchObject([{ messages: 3, error: { code: expect.stringMatching(/^22/) } }]);
  expect(outcomes.map((one) => one.status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  expect((await said(conversationId)).map((row) => row.text).sort()).toEqual(["after", "before"]);
  expect((await told(conversationId)).map(({ payload }) => payload.message.seq)).toEqual([1, 2]);
});

test("the same client_id twice in one flush, and again later, is one message", async () => {
  const { posts } = open();
  const conversationId = await thread(0, 1);
  const say = (n: number, text: string) => posts.post(as(n), { conversationId, text, clientId: "once" });
  const [first, again, others] = await Promise.all([say(0, "said"), say(0, "said"), say(1, "mine")]);
  expect([first.isNew, again.isNew, others.isNew]).toEqual([true, false, true]);
  expect(again.message.id).toBe(first.message.id);
  const later = await say(0, "said");
  expect([later.isNew, later.message.id]).toEqual([false, first.message.id]);
  expect((await said(conversationId)).map((row) => row.text)).toEqual(["said", "mine"]);
  expect(await told(conversationId)).toHaveLength(2);
});

test("a thread that somebody holds is waited for by its own messages, and by no others", async () => {
  const { posts } = open();
  const [held, free] = [await thread(0, 1), await thread(2, 3)];
  const client = await test_.db.pool.connect();
  let isSaid = false;
  try {
    await client.query("BEGIN");
    await client.query("SELECT 1 FROM conversations WHERE id = $1 FOR NO KEY UPDATE", [held]);
    const waits = posts.post(as(0), { conversationId: held, text: "waits" }).then((posted) => {
      isSaid = true;
      return posted;
    });
    const passed = await posts.post(as(2), { conversationId: free, text: "passes" });
    expect(passed.message.seq).toBe(1);
    // It stands at the lock by now, and what comes after it is not behind it.
    await until(async () => {
      const { rows } = await test_.db.pool.query(
        "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
      );
      return rows.length === 1;
    }, "the lock");
    expect((await posts.post(as(3), { conversationId: free, text: "passes too" })).message.seq).toBe(2);
    expect(isSaid).toBe(false);
    await client.query("COMMIT");
    expect((await waits).message.text).toBe("waits");
  } finally {
    client.release();
  }
});

test("support cases, and what is said to a bot, go their own way and move what they move", async () => {
  const { posts, flushes } = open();
  const agent = await desk.agent();
  const ticketId = await desk.message({ userId: "G-Ann" });
  const { rows } = await test_.db.pool.query("SELECT conversation_id AS id FROM tickets WHERE id = $1", [ticketId]);
  const conversationId = rows[0].id as number;
  const bot = await respondAsUser(as(0), { text: "Hello", opens: "bot" });
  await Promise.all([
    posts.post(as(0), { conversationId, text: "and another thing" }),
    posts.post(as(0), { conversationId: bot.conversationId, text: "I want to talk to a person" }),
  ]);
  await posts.post(desk.as(agent), { conversationId, text: "hello" });
  expect(flushes).toEqual([{ messages: 2, error: null }]);
  const ticket = await test_.db.pool.query("SELECT status, assignee_id, version FROM tickets WHERE id = $1", [
    ticketId,
  ]);
  expect(ticket.rows).toEqual([{ status: "in_progress", assignee_id: agent.id, version: 3 }]);
  const handed = await test_.db.pool.query("SELECT kind FROM conversations WHERE id = $1", [bot.conversationId]);
  expect(handed.rows).toEqual([{ kind: "support" }]);
});

test("within the caller's own transaction it is part of that", async () => {
  const { posts, flushes } = open();
  const conversationId = await thread(0, 1);
  const client = await test_.db.pool.connect();
  try {
    await client.query("BEGIN");
    const bound = { ...as(0), db: bindDatabase(client) };
    await posts.post(bound, { conversationId, text: "undone" });
    await client.query("ROLLBACK");
  } finally {
    client.release();
  }
  expect(flushes).toEqual([]);
  expect(await said(conversationId)).toEqual([]);
});

test("a connection that is lost within a flush: nothing of it is there, and said again it is there once", async () => {
  const { posts, flushes } = open();
  const conversationId = await thread(0, 1);
  const say = (n: number) => posts.post(as(n % 2), { conversationId, text: `cut ${n}`, clientId: `cut-${n}` });
  const client = await test_.db.pool.connect();
  let outcomes: PromiseSettledResult<PostedMessage>[];
  let pids: number[] = [];
  try {
    await client.query("BEGIN; LOCK TABLE outbox IN EXCLUSIVE MODE");
    const cut = Promise.allSettled(Array.from({ length: 20 }, (_, n) => say(n)));
    // The messages are written by now, and it waits to tell them.
    await until(async () => {
      // Not on the holder's connection: within one transaction it would see the same activity each time.
      const { rows } = await test_.db.pool.query<{ pid: number }>(
        `SELECT pid, pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%say_together%'`,
      );
      pids = rows.map(({ pid }) => pid);
      return rows.length > 0;
    }, "the flush");
    outcomes = await cut;
  } finally {
    await client.query("ROLLBACK");
    client.release();
  }
  // It says that it ends before it has let go of the thread.
  await until(async () => {
    const { rows } = await test_.db.pool.query("SELECT FROM pg_stat_activity WHERE pid = ANY($1)", [pids]);
    return rows.length === 0;
  }, "its end");
  expect(flushes).toMatchObject([{ messages: 20, error: { code: "57P01" } }]);
  expect(outcomes.map((one) => one.status)).toEqual(outcomes.map(() => "rejected"));
  expect(await said(conversationId)).toEqual([]);
  const again = await Promise.all(outcomes.map((_, n) => say(n)));
  expect(again.map(({ isNew, message }) => [isNew, message.seq])).toEqual(outcomes.map((_, n) => [true, n + 1]));
  const rows = await said(conversationId);
  expect(rows.map((row) => row.text)).toEqual(outcomes.map((_, n) => `cut ${n}`));
  expect((await told(conversationId)).map(({ payload }) => payload.message.id)).toEqual(rows.map((row) => row.id));
  expect(await unread(conversationId)).toEqual([10, 10]);
});

test("what waits is said before it stops; then it takes nothing more", async () => {
  const { posts } = open();
  const conversationId = await thread(0, 1);
  const waiting = Array.from({ length: 10 }, (_, n) => posts.post(as(0), { conversationId, text: `last ${n}` }));
  await posts.stop();
  expect((await Promise.all(waiting)).map(({ message }) => message.seq)).toEqual(waiting.map((_, n) => n + 1));
  await expect(posts.post(as(0), { conversationId, text: "late" })).rejects.toMatchObject({ code: "unavailable" });
});

test("each row is found by its key, however many there are", async () => {
  const conversationId = await thread(0, 1);
  const { posts } = open();
  await test_.db.pool.query(`
    INSERT INTO conversations (id, kind, last_seq) SELECT n, 'direct', 0 FROM generate_series(1000001, 1020000) n`);
  await test_.db.pool.query(`
    INSERT INTO participants (conversation_id, user_id, role) SELECT n, ${person(0).id}, 'member'
    FROM generate_series(1000001, 1020000) n`);
  await test_.db.pool.query("ANALYZE conversations, participants, messages");
  for (let n = 0; n < 8; n++) await posts.post(as(0), { conversationId, text: `m${n}` });
  const client = await test_.db.pool.connect();
  try {
    await client.query("BEGIN");
    const look = `SELECT sum(seq_scan)::int AS scans, sum(seq_tup_read + idx_tup_fetch)::int AS rows
                  FROM pg_stat_xact_user_tables WHERE relname IN ('conversations', 'participants', 'messages')`;
    const before = (await client.query(look)).rows[0];
    const message = {
      conversation_id: conversationId,
      sender: { id: person(0).id },
      text: "x",
      metadata: null,
      client_id: "p",
    };
    await client.query("SELECT * FROM say_together($1::jsonb)", [JSON.stringify([{ message, request_id: null }])]);
    const after = (await client.query(look)).rows[0];
    await client.query("ROLLBACK");
    expect(after.scans).toBe(before.scans);
    expect(after.rows - before.rows).toBeLessThan(30);
  } finally {
    client.release();
  }
});
