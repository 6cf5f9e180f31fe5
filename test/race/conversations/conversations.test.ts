import { afterAll, beforeAll, expect, it } from "vitest";
import { changeConversation, deleteThread } from "../../../src/commands/change-conversation.js";
import { createUser } from "../../../src/commands/create-user.js";
import { handOverInTransaction } from "../../../src/commands/hand-over-to-agents.js";
import { markRead } from "../../../src/commands/mark-read.js";
import { openThread } from "../../../src/commands/open-thread.js";
import { postBotMessage } from "../../../src/commands/post-bot-message.js";
import { postMessage } from "../../../src/commands/post-message.js";
import { respondAsUser } from "../../../src/commands/respond-as-user.js";
import { inTransaction } from "../../../src/db/transaction.js";
import type { Refusal } from "../../../src/domain/errors.js";
import type { Actor } from "../../../src/domain/policy.js";
import { auditOwners, noFaults } from "../../support/audit.js";
import { admin, type Desk, limits, openDesk } from "../../support/desk.js";
import { testRandom } from "../../support/random.js";
import { createTestDatabase, type TestDatabase } from "../../support/test-database.js";

let test_: TestDatabase;
let desk: Desk;
const customers: (Actor & { id: number })[] = [];

beforeAll(async () => {
  test_ = await createTestDatabase(16);
  desk = await openDesk(test_.db);
  for (let n = 0; n < 4; n++) {
    const name = `Customer ${n}`;
    const user = await createUser(test_, { role: "customer", name, email: null, password: null, userId: `R${n}` });
    customers.push({ kind: "user", id: user.id, role: "customer", name });
  }
});
afterAll(async () => {
  await desk.close();
  await test_.drop();
});

const at = (n: number) => customers[n % customers.length] as Actor & { id: number };

/** Participants whose count is not what it says it is, counted in plain SQL that shares nothing with the commands. */
const miscounted = async () =>
  (
    await test_.db.pool.query(`
      SELECT p.conversation_id, p.user_id, p.unread_count, n FROM participants p JOIN users u ON u.id = p.user_id
      CROSS JOIN LATERAL (
        SELECT count(*)::int AS n FROM messages m
        WHERE m.conversation_id = p.conversation_id AND m.seq > p.last_read_seq AND m.sender_id IS DISTINCT FROM p.user_id
          AND (m.kind <> 'note' OR u.role <> 'customer')) counted
      JOIN conversations c ON c.id = p.conversation_id AND c.deleted_at IS NULL
      WHERE p.unread_count <> n`)
  ).rows;

it("of many who open the same thread at once all get one, with a job and without", async () => {
  for (const jobId of [undefined, 7]) {
    const opened = await Promise.all(
      Array.from({ length: 24 }, (_, n) =>
        openThread(desk.as(at(n % 2)), { participantIds: [at(0).id, at(1).id], ...(jobId ? { jobId } : {}) }),
      ),
    );
    expect(new Set(opened.map((one) => one.conversationId)).size).toBe(1);
    expect(opened.filter((one) => one.isNew)).toHaveLength(1);
  }
});

it("opening beside deleting leaves one thread at most", async () => {
  const participantIds = [at(0).id, at(2).id];
  for (let round = 0; round < 10; round++) {
    const { conversationId } = await openThread(desk.as(at(0)), { participantIds });
    await Promise.all([
      // An admin: whoever opened what the round before left is the only participant who may delete it.
      deleteThread(desk.as(admin), { conversationId }),
      ...[0, 2, 0, 2].map((n) => openThread(desk.as(at(n)), { participantIds })),
    ]);
  }
  const { rows } = await test_.db.pool.query(
    "SELECT count(*)::int AS n FROM conversations WHERE participant_key = $1 AND deleted_at IS NULL",
    [participantIds.sort((a, b) => a - b).join(",")],
  );
  expect(rows[0].n).toBeLessThanOrEqual(1);
});

it("unread counts are right whatever is said and read at once, and marks never go back", async () => {
  const source = testRandom();
  const random = () => source.below(1000) / 1000;
  const { conversationId } = await openThread(desk.as(at(0)), { participantIds: customers.map((one) => one.id) });
  const upTos: number[] = [];
  const steps = Array.from({ length: 120 }, (_, n) => async () => {
    if (random() < 0.6) await postMessage(desk.as(at(n)), { conversationId, text: `m${n}` });
    else if (random() < 0.8) {
      const seen = await markRead(desk.as(at(0)), {
        conversationId,
        ...(random() < 0.5 ? {} : { upTo: Math.floor(random() * 60) }),
      });
      upTos.push(seen.upTo);
    } else await changeConversation(desk.as(at(n)), { conversationId, title: `t${n}` });
  });
  await Promise.all(
    Array.from({ length: 12 }, async (_, lane) => {
      for (let n = lane; n < steps.length; n += 12) await steps[n]?.();
    }),
  );
  expect(upTos.length).toBeGreaterThan(0);
  expect(await miscounted()).toEqual([]);
  const { rows } = await test_.db.pool.query(
    "SELECT last_seq, (SELECT count(*)::int FROM messages WHERE conversation_id = c.id) AS said FROM conversations c WHERE id = $1",
    [conversationId],
  );
  expect(rows[0].last_seq).toBe(rows[0].said);
  // Events of the stream tell each reader's marks in rising order.
  const marks = await test_.db.pool.query(
    "SELECT (payload->>'up_to')::int AS up_to FROM outbox WHERE stream = $1 AND type = 'read' ORDER BY id",
    [`conversation:${conversationId}`],
  );
  const told = marks.rows.map((row) => row.up_to);
  expect(told).toEqual([...new Set(told)].sort((a, b) => a - b));
});

it("of agents who write in the same waiting case at once one has it, and no capacity is passed", async () => {
  const agents = await Promise.all(Array.from({ length: 6 }, () => desk.agent({ capacity: 3 })));
  const cases = await Promise.all(Array.from({ length: 12 }, () => desk.message()));
  const { rows } = await test_.db.pool.query("SELECT conversation_id FROM tickets WHERE id = ANY($1)", [cases]);
  const outcomes: Record<string, number> = {};
  await Promise.all(
    agents.flatMap((agent) =>
      rows.map(async ({ conversation_id: conversationId }) => {
        const outcome = await postMessage(desk.as(agent), { conversationId, text: "mine" }).then(
          () => "said",
          (error: Refusal) => error.code,
        );
        outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
      }),
    ),
  );
  expect(Object.keys(outcomes).sort()).toEqual(["at_capacity", "not_assigned_to_you", "said"]);
  expect(outcomes.said).toBe(12);
  expect(await auditOwners(test_.db)).toEqual(noFaults);
  expect(await miscounted()).toEqual([]);
});

it("a customer, a bot and a hand-over at once: one ticket, no word of the bot after it, each message in the count", async () => {
  for (let round = 0; round < 8; round++) {
    const customer = at(round);
    const { conversationId } = await respondAsUser(desk.as(customer), { text: "help", opens: "bot" });
    const ctx = { ...desk.as(customer), limits };
    const handOver = () =>
      inTransaction(test_.db, (tx) => handOverInTransaction(tx, ctx, { conversationId, reason: "urgent" }));
    const [one, two] = await Promise.all([
      handOver(),
      handOver(),
      postBotMessage(ctx, { conversationId, text: "bot", answers: 1 }),
      postMessage(ctx, { conversationId, text: "now" }),
    ]);
    expect(one).toEqual(two);
    const { rows } = await test_.db.pool.query(
      "SELECT kind, seq FROM messages WHERE conversation_id = $1 ORDER BY seq",
      [conversationId],
    );
    const handedAt = rows.find((row) => row.kind === "system").seq;
    expect(rows.filter((row) => row.kind === "bot" && row.seq > handedAt)).toEqual([]);
    expect(rows.filter((row) => row.kind === "system")).toHaveLength(1);
    const ticket = await test_.db.pool.query("SELECT customer_seq FROM tickets WHERE conversation_id = $1", [
      conversationId,
    ]);
    const last = rows.filter((row) => row.kind === "text").at(-1).seq;
    expect(ticket.rows).toEqual([{ customer_seq: last }]);
  }
  expect(await miscounted()).toEqual([]);
});
