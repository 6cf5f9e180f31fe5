import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addParticipant, changeConversation, removeParticipant } from "../../../src/commands/change-conversation.js";
import { changeDispute } from "../../../src/commands/change-dispute.js";
import { changePayment } from "../../../src/commands/change-payment.js";
import type { CommandContext } from "../../../src/commands/context.js";
import { createDispute } from "../../../src/commands/create-dispute.js";
import { initiatePayment } from "../../../src/commands/initiate-payment.js";
import { respondAsUser } from "../../../src/commands/respond-as-user.js";
import { readConversation } from "../../../src/db/queries/read-conversation.js";
import type { Role } from "../../../src/domain/policy.js";
import { chatLimits, flow, frameOfType, makeConversation } from "../../integration/realtime/chat-desk.js";
import type { RawFrame } from "../../integration/realtime/raw-client.js";
import { refusal } from "../../integration/realtime/raw-client.js";
import { makeUser } from "../../integration/realtime/relay-fixture.js";
import { until } from "../../support/until.js";
import { type ChatUnderTest, chatWays, startChat } from "./chat-under-test.js";

describe.each(chatWays)("what changes in a conversation, live, on $name, REDIS_URL $redis", (way) => {
  let chat: ChatUnderTest;
  beforeAll(async () => {
    chat = await startChat(way, 300);
  });
  afterAll(() => chat.stop());

  const as = (id: number, role: Role = "customer"): CommandContext => ({
    db: chat.database.db,
    actor: { kind: "user", id, role, name: `The ${role}` },
    requestId: null,
    limits: chatLimits,
    wake: () => void flow(chat.database.db, chat.relay.bus),
  });
  const thread = (...ids: number[]) =>
    makeConversation(
      chat.database.db,
      "direct",
      ids.map((id) => ({ id, role: "member" })),
    );
  const namesIn = ({ participants }: RawFrame) => (participants as { user_id: number }[]).map(({ user_id: id }) => id);

  it("title, archive and participants are told to all, in either dialect; what is so already is not", async () => {
    const { ann, bob, stranger } = chat;
    const id = await thread(ann.id, bob.id);
    const plain = await chat.enter(id, ann);
    const threads = await chat.enter(id, bob, "&dialect=threads");
    await changeConversation(as(ann.id), { conversationId: id, title: "The roof" });
    const frame = await frameOfType(plain, "conversation");
    expect(frame).toEqual({
      ...{ type: "conversation", stream: `conversation:${id}`, pos: 1, conversation_id: id },
      ...{ title: "The roof", is_archived: false },
      participants: [ann, bob].map((one) => ({
        ...{ user_id: one.id, name: "The customer", role: "customer" },
        ...{ joined_at: expect.any(String), last_read_at: null },
      })),
    });
    const { type: _, conversation_id: __, ...same } = frame;
    expect(await frameOfType(threads, "thread_updated")).toEqual({ ...same, type: "thread_updated", thread_id: id });
    await changeConversation(as(bob.id), { conversationId: id, title: "The roof" });
    await changeConversation(as(bob.id), { conversationId: id, isArchived: true });
    expect(await frameOfType(plain, "conversation", ({ pos }) => pos === 2)).toMatchObject({ is_archived: true });
    await addParticipant(as(ann.id), { conversationId: id, userId: stranger.id });
    await addParticipant(as(ann.id), { conversationId: id, userId: stranger.id });
    const joined = await frameOfType(plain, "conversation", ({ pos }) => pos === 3);
    expect(namesIn(joined)).toEqual([ann.id, bob.id, stranger.id]);
    await removeParticipant(as(ann.id), { conversationId: id, userId: stranger.id });
    expect(namesIn(await frameOfType(plain, "conversation", ({ pos }) => pos === 4))).toEqual([ann.id, bob.id]);
  });

  it("whoever is added may open the socket, and whoever is taken out loses it with 4403 and may not come back", async () => {
    const { ann } = chat;
    const [guest, third] = [await makeUser(chat.database.db, "customer"), await makeUser(chat.database.db, "customer")];
    const id = await thread(ann.id, third.id);
    const url = `${chat.relay.url}/ws/chat/${id}/?token=${guest.token}`;
    expect((await refusal(url)).status).toBe(404);
    await addParticipant(as(ann.id), { conversationId: id, userId: guest.id });
    const tabs = [await chat.enter(id, guest), await chat.enter(id, guest, "&dialect=threads")];
    await removeParticipant(as(ann.id), { conversationId: id, userId: guest.id });
    await chat.relay.bus.publishControl({ kind: "check_room", conversationId: id });
    await until(() => tabs.every(({ closed }) => closed !== null), "closed");
    expect(tabs.map(({ closed }) => closed?.code)).toEqual([4403, 4403]);
    expect((await refusal(url)).status).toBe(404);
  });

  it("what becomes of a dispute and a payment is a message that all get at once", async () => {
    const { ann, bob, admin } = chat;
    const id = await thread(ann.id, bob.id);
    const clients = [await chat.enter(id, ann), await chat.enter(id, bob)];
    const { disputeId } = await createDispute(as(ann.id), { conversationId: id, subject: "s", description: "d" });
    await changeDispute(as(admin.id, "admin"), { disputeId, status: "under_review" });
    const { payment } = await initiatePayment(as(bob.id), { conversationId: id, amount: 5 });
    await changePayment(as(bob.id), { paymentId: payment.id, status: "cancelled" });
    for (const client of clients) {
      await frameOfType(client, "message:new", ({ pos }) => pos === 4);
      const said = client.frames.flatMap(({ message }) => (message ? [message as Record<string, unknown>] : []));
      expect(said.map(({ type, text, metadata }) => [type, text, (metadata as { status: string }).status])).toEqual([
        ["dispute", "Dispute opened: s", "open"],
        ["dispute", `Dispute ${disputeId}: under review`, "under_review"],
        ["payment", "Payment initiated: 5.00 USD", "initiated"],
        ["payment", `Payment ${payment.id}: cancelled`, "cancelled"],
      ]);
    }
  });

  it("a read mark names the messages of others that it passed, in seed 003's words too", async () => {
    const { ann, bob } = chat;
    const id = await thread(ann.id, bob.id);
    const [plain, threads] = [await chat.enter(id, ann), await chat.enter(id, bob, "&dialect=threads")];
    const ids: number[] = [];
    for (const [index, client] of [plain, threads, plain].entries()) {
      client.send({ type: "message", text: `m${index}`, client_id: `read-${index}` });
      const ack = await frameOfType(client, "ack", ({ client_id: mark }) => mark === `read-${index}`);
      ids.push(Number(ack.message_id));
    }
    threads.send({ type: "mark_messages_read", message_ids: [ids[2]] });
    const read = await frameOfType(plain, "read");
    expect(read).toMatchObject({ user_id: bob.id, up_to: 3, message_ids: [ids[0], ids[2]] });
    const told = await frameOfType(threads, "messages_read");
    expect(told).toMatchObject({ message_ids: [ids[0], ids[2]], reader: { id: bob.id }, pos: read.pos });
    plain.send({ type: "read" });
    const next = await frameOfType(plain, "read", ({ user_id: who }) => who === ann.id);
    expect(next).toMatchObject({ up_to: 3, message_ids: [ids[1]] });
  });

  it("a message is delivered once a socket of another participant was sent it, and read when it is read", async () => {
    const { ann, bob } = chat;
    const id = await thread(ann.id, bob.id);
    const tab = await chat.enter(id, ann);
    await chat.enter(id, ann);
    const stateOf = async (seq: number) => {
      const rows = await readConversation(chat.database.db.kysely, id, { notes: true, limit: 10 });
      const row = rows.find((one) => one.seq === seq);
      return row && (row.readBy.length > 0 ? "read" : row.delivered ? "delivered" : "sent");
    };
    tab.send({ type: "message", text: "nobody is here", client_id: "alone" });
    await frameOfType(tab, "ack");
    const other = await chat.enter(id, bob);
    expect(await stateOf(1)).toBe("sent");
    tab.send({ type: "message", text: "you are", client_id: "together" });
    await frameOfType(other, "message:new");
    await until(async () => (await stateOf(2)) === "delivered", "delivered");
    other.send({ type: "read", up_to: 2 });
    await until(async () => (await stateOf(2)) === "read", "read");
  });

  it("a customer that asks the bot for a person over its socket is handed over with that message", async () => {
    const { ann, database } = chat;
    await database.db.pool.query("INSERT INTO customers (id, user_id) VALUES ($1, 'ann') ON CONFLICT DO NOTHING", [
      ann.id,
    ]);
    const { conversationId } = await respondAsUser(as(ann.id), { text: "Hello", opens: "bot" });
    const client = await chat.enter(conversationId, ann);
    client.send({ type: "message", text: "I want to talk to a human", client_id: "human" });
    const ack = await frameOfType(client, "ack");
    expect(await frameOfType(client, "ticket")).toMatchObject({ status: "unassigned", assigned_to: null });
    const told = await frameOfType(client, "message:new", ({ message }) => (message as RawFrame).type === "system");
    expect(told).toMatchObject({ message: { seq: Number(ack.seq) + 1, metadata: { hand_over: "asked" } } });
    const { rows } = await database.db.pool.query("SELECT status FROM tickets WHERE conversation_id = $1", [
      conversationId,
    ]);
    expect(rows).toEqual([{ status: "unassigned" }]);
  });
});
