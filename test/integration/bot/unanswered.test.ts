import { afterAll, beforeAll, expect, it } from "vitest";
import { createUser } from "../../../src/commands/create-user.js";
import { UnansweredBots } from "../../../src/commands/hand-over-unanswered.js";
import { postBotMessage } from "../../../src/commands/post-bot-message.js";
import { postMessage } from "../../../src/commands/post-message.js";
import type { Actor } from "../../../src/domain/policy.js";
import { type Desk, openDesk } from "../../support/desk.js";
import { createTestDatabase, type TestDatabase } from "../../support/test-database.js";

let test_: TestDatabase;
let desk: Desk;
let made = 0;
beforeAll(async () => {
  test_ = await createTestDatabase();
  desk = await openDesk(test_.db);
});
afterAll(async () => {
  await desk.close();
  await test_.drop();
});

const run = (text: string, values: unknown[] = []) => test_.db.pool.query(text, values);

/** A bot's conversation in which its customer has said something `ago` seconds ago. */
async function talk(ago: number) {
  const userId = `bot-customer-${++made}`;
  const user = await createUser(
    { db: test_.db },
    { role: "customer", name: userId, email: null, password: null, userId },
  );
  const actor: Actor = { kind: "user", id: user.id, role: "customer", name: user.name };
  const { rows } = await run("INSERT INTO conversations (kind, created_by) VALUES ('bot', $1) RETURNING id", [user.id]);
  const id: number = rows[0].id;
  await run("INSERT INTO participants (conversation_id, user_id, role) VALUES ($1, $2, 'customer')", [id, user.id]);
  const say = async () => (await postMessage(desk.as(actor), { conversationId: id, text: "Where is it?" })).message.seq;
  const seq = await say();
  const stand = (seconds: number) =>
    run("UPDATE conversations SET last_message_at = now() - $2 * interval '1 second' WHERE id = $1", [id, seconds]);
  await stand(ago);
  return { id, seq, say, stand };
}

const context = () => ({ ...desk.as({ kind: "user", id: null, role: "admin", name: "" }), requestId: null });
const sweeper = () => new UnansweredBots(context(), 60);
const kindOf = async (id: number) => (await run("SELECT kind FROM conversations WHERE id = $1", [id])).rows[0].kind;

it("hands over who has waited for 60 s, and nobody else", async () => {
  const [late, soon, answered] = [await talk(61), await talk(30), await talk(90)];
  const answer = { conversationId: answered.id, text: "Here.", answers: answered.seq };
  expect(await postBotMessage(desk.as({ kind: "user", id: null, role: "admin", name: "" }), answer)).not.toBeNull();
  await answered.stand(90);
  expect(await sweeper().handOver()).toBe(1);
  expect([await kindOf(late.id), await kindOf(soon.id), await kindOf(answered.id)]).toEqual(["support", "bot", "bot"]);
  const { rows } = await run("SELECT status FROM tickets WHERE conversation_id = $1", [late.id]);
  expect(rows).toEqual([{ status: "unassigned" }]);
  const { rows: told } = await run("SELECT metadata FROM messages WHERE conversation_id = $1 AND kind = 'system'", [
    late.id,
  ]);
  expect(told[0].metadata).toMatchObject({ hand_over: "no_answer" });
});

it("once: again, in another process, and at the same moment", async () => {
  const { id } = await talk(100);
  const counts = await Promise.all([sweeper().handOver(), sweeper().handOver(), sweeper().handOver()]);
  expect(counts.reduce((sum, count) => sum + count)).toBe(1);
  expect(await sweeper().handOver()).toBe(0);
  const { rows } = await run("SELECT FROM tickets WHERE conversation_id = $1", [id]);
  expect(rows).toHaveLength(1);
});

it("a process that goes on sees who begins to wait later, though it has looked past older ones", async () => {
  const one = sweeper();
  const first = await talk(10);
  expect(await one.handOver()).toBe(0);
  await first.stand(61);
  const second = await talk(3);
  expect(await one.handOver()).toBe(1);
  await second.stand(65);
  expect(await one.handOver()).toBe(1);
});

it("a bot whose answer comes too late says nothing", async () => {
  const { id, seq } = await talk(100);
  await sweeper().handOver();
  const late = { conversationId: id, text: "Sorry, I was thinking.", answers: seq };
  expect(await postBotMessage(desk.as({ kind: "user", id: null, role: "admin", name: "" }), late)).toBeNull();
});

it("an answer that comes first keeps the conversation the bot's", async () => {
  for (let round = 0; round < 10; round++) {
    const { id, seq } = await talk(100);
    const answer = { conversationId: id, text: "Here.", answers: seq };
    const [said] = await Promise.all([
      postBotMessage(desk.as({ kind: "user", id: null, role: "admin", name: "" }), answer),
      sweeper().handOver(),
    ]);
    expect(await kindOf(id)).toBe(said ? "bot" : "support");
  }
});

it("a conversation of nobody's is left alone, and keeps nobody else from it", async () => {
  const [gone, waits] = [await talk(200), await talk(100)];
  await run("UPDATE conversations SET deleted_at = now() WHERE id = $1", [gone.id]);
  expect(await sweeper().handOver()).toBe(1);
  expect(await kindOf(waits.id)).toBe("support");
});
