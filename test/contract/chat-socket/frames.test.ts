import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { frameOfType } from "../../integration/realtime/chat-desk.js";
import type { RawClient } from "../../integration/realtime/raw-client.js";
import { until } from "../../support/until.js";
import { type ChatUnderTest, chatWays, startChat } from "./chat-under-test.js";

describe.each(chatWays)("frames of a chat socket on $name, REDIS_URL $redis", (way) => {
  let chat: ChatUnderTest;
  let ann: RawClient;
  let bob: RawClient;
  beforeAll(async () => {
    chat = await startChat(way, 300);
  });
  // Sockets of its own for each: on a fast machine all of them say more than 30 frames a second.
  beforeEach(async () => {
    ann = await chat.enter(chat.direct, chat.ann);
    bob = await chat.enter(chat.direct, chat.bob);
  });
  afterEach(() => {
    for (const client of [ann, bob]) client.socket.terminate();
  });
  afterAll(() => chat.stop());

  const stream = () => `conversation:${chat.direct}`;

  /** Sends a frame and gives what it is answered with. */
  async function answerTo(client: RawClient, frame: unknown): Promise<Record<string, unknown>> {
    const before = client.frames.length;
    client.send(frame);
    const answer = () => client.frames.slice(before).find(({ type }) => type === "ack" || type === "error");
    await until(() => answer() !== undefined, "an answer");
    return answer() ?? {};
  }

  it.each([
    ["message", { text: "one" }],
    ["message", { message: "two", metadata: { page: 3 } }],
    ["chat_message", { text: "three" }],
    ["chat_message", { message: "four", message_type: "text" }],
  ])("%s %j is stored, acknowledged and shown to both", async (type, fields) => {
    const client_id = `c-${JSON.stringify(fields)}`;
    const ack = await answerTo(ann, { type, ...fields, client_id });
    expect(ack).toEqual({ type: "ack", client_id, message_id: expect.any(Number), seq: expect.any(Number) });
    for (const client of [ann, bob]) {
      const frame = await frameOfType(
        client,
        "message:new",
        ({ message }) => (message as { id: number }).id === ack.message_id,
      );
      expect(frame).toMatchObject({
        stream: stream(),
        pos: expect.any(Number),
        message: {
          conversation_id: chat.direct,
          sender: { id: chat.ann.id, name: "The customer", role: "customer" },
          seq: ack.seq,
          type: "text",
          text: "text" in fields ? fields.text : (fields as { message: string }).message,
          client_id,
          is_read: false,
        },
      });
    }
  });

  it("the same client_id again is the same message", async () => {
    const frame = { type: "message", text: "once", client_id: "once" };
    const ack = await answerTo(ann, frame);
    expect(await answerTo(ann, frame)).toEqual(ack);
  });

  it("a message without client_id is acknowledged with null", async () => {
    expect(await answerTo(ann, { type: "message", text: "bare" })).toMatchObject({ type: "ack", client_id: null });
  });

  it("messages are stored in the order in which they were said", async () => {
    const before = ann.frames.length;
    for (let n = 0; n < 10; n++) ann.send({ type: "message", text: `${n}`, client_id: `order-${n}` });
    const acks = () => ann.frames.slice(before).filter(({ type }) => type === "ack");
    await until(() => acks().length === 10, "ten acks");
    expect(acks().map(({ client_id: id }) => id)).toEqual(Array.from({ length: 10 }, (_, n) => `order-${n}`));
    const seqs = acks().map(({ seq }) => Number(seq));
    expect(seqs).toEqual([...seqs].sort((a, b) => a - b));
  });

  it.each(["read", "mark_messages_read"])("%s is told to both with how far", async (type) => {
    const { seq, message_id: id } = await answerTo(ann, { type: "message", text: `for ${type}`, client_id: type });
    bob.send(type === "read" ? { type, up_to: seq } : { type, message_ids: [id] });
    const read = await frameOfType(ann, "read", ({ up_to }) => up_to === seq);
    expect(read).toMatchObject({ stream: stream(), user_id: chat.bob.id, read_at: expect.any(String) });
    expect(await frameOfType(bob, "read", ({ up_to }) => up_to === seq)).toEqual(read);
  });

  it.each(["typing", "typing_indicator"])("%s is shown, without a position, and ends by itself", async (type) => {
    const before = bob.frames.length;
    ann.send({ type, is_typing: true });
    const told = () => bob.frames.slice(before).filter((frame) => frame.type === "typing");
    await until(() => told().length === 2, "typing and its end");
    const typing = { type: "typing", stream: stream(), user_id: chat.ann.id, name: "The customer" };
    expect(told()).toEqual([
      { ...typing, is_typing: true },
      { ...typing, is_typing: false },
    ]);
    ann.send({ type, is_typing: false });
    await until(() => told().length === 3, "what was said last");
  });

  it("ping is answered with pong, auth with how long it lasts", async () => {
    ann.send({ type: "ping" });
    await frameOfType(ann, "pong");
    ann.send({ type: "auth", token: chat.ann.token });
    expect(await frameOfType(ann, "auth")).toMatchObject({ expires_at: expect.any(String) });
  });

  it.each([
    ["not json", "invalid_json"],
    ["[]", "invalid_body"],
    ['{"type":"dance"}', "invalid_body"],
    ['{"type":"message"}', "invalid_body"],
    ['{"type":"message","text":"   "}', "invalid_body"],
    ['{"type":"message","text":5}', "invalid_body"],
    ['{"type":"message","text":"a","metadata":[1]}', "invalid_body"],
    ['{"type":"message","text":"a","message_type":"payment"}', "type_reserved"],
    ['{"type":"message","text":"a","message_type":"note"}', "type_reserved"],
    ['{"type":"message","text":"a","attachment_id":123456}', "attachment_not_found"],
    ['{"type":"message","text":"a\\u0000b"}', "invalid_body"],
    ['{"type":"message","text":"a","metadata":{"a":"\\ud800"}}', "invalid_body"],
    ['{"type":"message","text":"a","client_id":"\\u0000"}', "invalid_body"],
    [`{"type":"message","text":"a","metadata":${'{"a":'.repeat(5000)}1${"}".repeat(5000)}}`, "invalid_body"],
    ['{"type":"typing"}', "invalid_body"],
    ['{"type":"read","up_to":-1}', "invalid_body"],
    ['{"type":"auth"}', "invalid_body"],
  ])("bad frame %# is answered with an error, and the socket stays open", async (text, status) => {
    expect(await answerTo(ann, text)).toMatchObject({ type: "error", status, detail: expect.any(String) });
    expect(ann.closed).toBeNull();
  });

  it("an error names the message that it is about", async () => {
    const frame = { type: "message", text: "", client_id: "mine" };
    expect(await answerTo(ann, frame)).toMatchObject({ type: "error", status: "invalid_body", client_id: "mine" });
  });

  it("more than 30 frames a second close it with 4429", async () => {
    const client = await chat.enter(chat.direct, chat.bob);
    for (let n = 0; n < 60; n++) client.send({ type: "ping" });
    await until(() => client.closed !== null, "closed");
    expect(client.closed?.code).toBe(4429);
  });

  it("dialect=threads says the same at the same positions in seed 003's words", async () => {
    const client = await chat.enter(chat.direct, chat.bob, "&dialect=threads");
    const hello = client.frames[0];
    expect(hello).toMatchObject({ type: "connection_established", stream: stream(), thread_id: chat.direct });
    const ack = await answerTo(ann, { type: "message", text: "to a thread", client_id: "dialect" });
    const plain = await frameOfType(
      bob,
      "message:new",
      ({ message }) => (message as { id: number }).id === ack.message_id,
    );
    expect(await frameOfType(client, "chat_message")).toMatchObject({
      stream: stream(),
      pos: plain.pos,
      data: { id: ack.message_id, thread_id: chat.direct, text: "to a thread", message: "to a thread" },
    });
    client.send({ type: "mark_messages_read", message_ids: [ack.message_id] });
    const read = await frameOfType(bob, "read", ({ up_to }) => up_to === ack.seq);
    expect(await frameOfType(client, "messages_read")).toMatchObject({
      pos: read.pos,
      reader: { id: chat.bob.id },
      message_ids: expect.any(Array),
      up_to: ack.seq,
    });
    ann.send({ type: "typing", is_typing: true });
    expect(await frameOfType(client, "typing_indicator")).toMatchObject({
      user: { id: chat.ann.id, name: "The customer" },
      is_typing: true,
    });
    const replay = await chat.enter(chat.direct, chat.bob, `&dialect=threads&since=0`);
    await frameOfType(replay, "messages_read", ({ pos }) => pos === read.pos);
    const positions = replay.frames.flatMap(({ pos, type }) =>
      pos === undefined || type === "connection_established" ? [] : [pos],
    );
    expect(positions).toEqual(positions.map((_, index) => index + 1));
  });
});
