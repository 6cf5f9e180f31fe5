import { afterAll, beforeAll, expect, it } from "vitest";
import { handOverInTransaction } from "../../../src/commands/hand-over-to-agents.js";
import { postBotMessage } from "../../../src/commands/post-bot-message.js";
import { inTransaction } from "../../../src/db/transaction.js";
import { limits, ticketRow } from "../../support/desk.js";
import { type ApiUnderTest, people, startApi } from "../api-under-test.js";

let api: ApiUnderTest;
let botless: ApiUnderTest;
beforeAll(async () => {
  [api, botless] = await Promise.all([startApi(), startApi({ BOT_PROVIDER: "none" })]);
});
afterAll(() => Promise.all([api.drop(), botless.drop()]));

const say = (body: unknown, token = api.tokens.customer, on = api) =>
  on.call("POST", "/api/user-response/", body, { token });
const shown = async (id: number, token = api.tokens.customer) =>
  api.call("GET", `/api/chat/conversations/${id}/`, undefined, { token });

it("opens the bot's conversation, without a ticket, and goes on with the one that is named", async () => {
  const { status, body } = await say({ text: "Hello" });
  expect([status, Object.keys(body).sort()]).toEqual([200, ["conversation_id", "message_id"]]);
  const seen = (await shown(body.conversation_id)).body;
  expect(seen).toMatchObject({ kind: "bot", ticket_id: null, created_by: people.customer });
  const next = await say({ conversation_id: body.conversation_id, message: "Are you there?" });
  expect(next.body.conversation_id).toBe(body.conversation_id);
  for (const token of [api.tokens.customer2, api.tokens.agent]) {
    const stranger = await say({ conversation_id: body.conversation_id, text: "x" }, token);
    expect([stranger.status, stranger.body.status]).toEqual([404, "conversation_not_found"]);
  }
});

it("an opening with a client_id that is sent again, or five times at once, opens one", async () => {
  const answers = await Promise.all([1, 2, 3, 4, 5].map(() => say({ text: "Hello", client_id: "first" })));
  expect(new Set(answers.map((one) => JSON.stringify(one.body))).size).toBe(1);
});

it("with no bot it is a support case with its ticket at once", async () => {
  const { body } = await say({ text: "My card was stolen" }, botless.tokens.customer, botless);
  const row = await botless.db.kysely
    .selectFrom("tickets")
    .selectAll()
    .where("conversation_id", "=", body.conversation_id)
    .executeTakeFirstOrThrow();
  expect(row).toMatchObject({
    status: "unassigned",
    opening_message_id: body.message_id,
    customer_id: people.customer,
  });
  const { rows } = await botless.db.pool.query(
    "SELECT type, stage, subject_id FROM outbox WHERE stage IS NOT NULL ORDER BY id",
  );
  expect(rows).toEqual([{ type: "message_new", stage: "score", subject_id: body.message_id }]);
});

it("the bot says one thing to each message, and nothing after the hand-over, which opens one ticket", async () => {
  const { conversation_id: id, message_id } = (await say({ text: "I want a person" })).body;
  const ctx = { db: api.db, wake: () => undefined, requestId: null, limits };
  const answer = { conversationId: id, text: "Echo", answers: 1 };
  const said = await Promise.all([postBotMessage(ctx, answer), postBotMessage(ctx, answer)]);
  expect(said.filter((one) => one !== null)).toHaveLength(1);
  await say({ conversation_id: id, text: "Really" });
  const handOver = () =>
    inTransaction(api.db, (tx) => handOverInTransaction(tx, ctx, { conversationId: id, reason: "asked" }));
  const [one, two] = await Promise.all([handOver(), handOver()]);
  expect(one).toEqual(two);
  expect(await ticketRow(api.db, one.ticketId)).toMatchObject({
    opening_message_id: message_id,
    customer_seq: 3,
    version: 1,
  });
  expect(await postBotMessage(ctx, { ...answer, answers: 3 })).toBeNull();
  expect((await shown(id)).body).toMatchObject({
    kind: "support",
    ticket_id: one.ticketId,
    ticket_status: "unassigned",
  });
  await say({ conversation_id: id, text: "Thank you" });
  expect((await ticketRow(api.db, one.ticketId)).version).toBe(2);
});

it("what asks for a person is handed over with it, by whichever door it comes, and so is what opens a conversation", async () => {
  const words = "Please let me talk to a human";
  const { conversation_id: id } = (await say({ text: "Hello" })).body;
  const inThread = (body: unknown) =>
    api.call("POST", `/api/chat/threads/${id}/messages/`, body, { token: api.tokens.customer });
  expect((await inThread({ text: "Are you there?" })).status).toBe(201);
  expect((await shown(id)).body.kind).toBe("bot");
  const asked = await inThread({ text: words, client_id: "asked" });
  expect((await shown(id)).body).toMatchObject({ kind: "support", ticket_status: "unassigned" });
  const { rows } = await api.db.pool.query(
    "SELECT kind, seq, metadata->>'hand_over' AS why FROM messages WHERE conversation_id = $1 ORDER BY seq",
    [id],
  );
  expect(rows.slice(2)).toEqual([
    { kind: "text", seq: asked.body.seq, why: null },
    { kind: "system", seq: asked.body.seq + 1, why: "asked" },
  ]);
  expect((await inThread({ text: words, client_id: "asked" })).status).toBe(200);
  const ask = await api.call("POST", "/api/bot-response/", { conversation_id: id }, { token: api.tokens.customer });
  expect(ask.body.message).toMatchObject({ type: "system", metadata: { hand_over: "asked" } });
  for (const text of [words, "My card was stolen and all my money is gone, urgent!"]) {
    const opened = (await say({ text })).body;
    expect([text, (await shown(opened.conversation_id)).body.kind]).toEqual([text, "support"]);
  }
});

it("400, 401, 403 and 404", async () => {
  const code = async (body: unknown, token?: string) => {
    const answer = await say(body, token);
    return [answer.status, answer.body.status];
  };
  expect(await code({})).toEqual([400, "invalid_body"]);
  expect(await code({ text: "" })).toEqual([400, "invalid_body"]);
  expect(await code({ text: "x", conversation_id: "x" })).toEqual([400, "invalid_body"]);
  expect(await code({ text: "x", conversation_id: 999_999 })).toEqual([404, "conversation_not_found"]);
  expect(await code({ text: "x", attachment_id: 999_999 })).toEqual([404, "attachment_not_found"]);
  expect(await code({ text: "x" }, api.tokens.agent)).toEqual([403, "forbidden"]);
  const bare = await api.call("POST", "/api/user-response/", { text: "x" });
  expect(bare.status).toBe(401);
});
