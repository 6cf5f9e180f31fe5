import { randomBytes } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from "vitest";
import type { Role } from "../../../src/domain/policy.js";
import { createTestDatabase, type TestDatabase } from "../../support/test-database.js";
import { until } from "../../support/until.js";
import { type ChatRelay, flow, frameOfType, join, makeConversation, startChatRelay } from "./chat-desk.js";
import type { RawClient } from "./raw-client.js";
import { makeUser } from "./relay-fixture.js";
import { transportDrivers } from "./transport-drivers.js";

const ways = transportDrivers.flatMap(([name, openTransport]) =>
  (["redis", "postgres"] as const).map((bus) => ({ name, openTransport, bus })),
);

describe.each(ways)("rooms of two relays on $name over $bus", ({ openTransport, bus }) => {
  let database: TestDatabase;
  const relays: ChatRelay[] = [];
  const clients: RawClient[] = [];
  const options = {
    redisUrl: bus === "redis" ? inject("redisUrl") : null,
    prefix: `chat_${randomBytes(6).toString("hex")}`,
    openTransport,
    everyMs: 50,
    typingEndsMs: 300,
  };

  async function relay(): Promise<ChatRelay> {
    const started = await startChatRelay(database, options);
    relays.push(started);
    return started;
  }

  const enter: typeof join = async (...args) => {
    const client = await join(...args);
    clients.push(client);
    return client;
  };

  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) client.socket.terminate();
    for (const one of relays.splice(0)) await one.stop();
  });
  afterAll(() => database.drop());

  async function talk(roles: Role[] = ["customer", "customer"]) {
    const users = await Promise.all(roles.map((role) => makeUser(database.db, role)));
    const id = await makeConversation(
      database.db,
      "direct",
      users.map((user) => ({ id: user.id, role: "member" })),
    );
    return { id, users };
  }

  const about = (client: RawClient, userId: number) =>
    client.frames.filter(({ user_id: id }) => id === userId).map(({ type }) => type);

  it("shows somebody with three tabs on two relays as joined once and left once", async () => {
    const [one, two] = [await relay(), await relay()];
    const { id, users } = await talk();
    const [watcher, guest] = users as [(typeof users)[0], (typeof users)[0]];
    const watching = await enter(one, id, watcher.token);
    const tabs = [
      await enter(one, id, guest.token),
      await enter(two, id, guest.token),
      await enter(two, id, guest.token),
    ];
    await frameOfType(watching, "user_joined", (frame) => frame.user_id === guest.id);
    const rows = () => database.db.kysely.selectFrom("presence").selectAll().where("user_id", "=", guest.id).execute();
    await until(async () => (await rows()).length === 2, "rows of two relays");
    expect(await frameOfType(watching, "user_joined", (frame) => frame.user_id === guest.id)).toEqual({
      type: "user_joined",
      stream: `conversation:${id}`,
      user_id: guest.id,
      name: "The customer",
      role: "customer",
    });
    tabs[0]?.socket.close();
    tabs[1]?.socket.close();
    await until(async () => (await rows()).length === 1, "one row");
    expect(about(watching, guest.id)).toEqual(["user_joined"]);
    tabs[2]?.socket.close();
    await frameOfType(watching, "user_left", (frame) => frame.user_id === guest.id);
    expect(await rows()).toEqual([]);
    expect(about(watching, guest.id)).toEqual(["user_joined", "user_left"]);
  });

  it("says that those have left who were at a relay that was killed, once, and not of those who came back", async () => {
    const [one, two, three] = [await relay(), await relay(), await relay()];
    const { id, users } = await talk(["customer", "customer", "customer"]);
    const [watcher, lost, back] = users as [(typeof users)[0], (typeof users)[0], (typeof users)[0]];
    const watching = await enter(one, id, watcher.token);
    await enter(two, id, lost.token);
    await enter(two, id, back.token);
    for (const user of [lost, back]) await frameOfType(watching, "user_joined", (frame) => frame.user_id === user.id);
    await two.kill();
    relays.splice(relays.indexOf(two), 1);
    expect(about(watching, lost.id)).toEqual(["user_joined"]);
    await enter(three, id, back.token);
    const written = () =>
      database.db.kysely.selectFrom("presence").select("relay_id").where("user_id", "=", back.id).execute();
    await until(async () => (await written()).length === 2, "a row at the third relay");
    // What the clock does in 15 s: the dead relay's rows run out.
    const { rows } = await database.db.pool.query("SELECT relay_id FROM presence WHERE user_id = $1", [lost.id]);
    await database.db.pool.query("UPDATE presence SET expires_at = now() - interval '1 s' WHERE relay_id = $1", [
      rows[0].relay_id,
    ]);
    await frameOfType(watching, "user_left", (frame) => frame.user_id === lost.id);
    await until(async () => (await written()).length === 1, "the dead relay's row is gone");
    expect(about(watching, lost.id)).toEqual(["user_joined", "user_left"]);
    expect(about(watching, back.id)).toEqual(["user_joined"]);
  });

  it("carries a message to the other relay, acknowledged, and a resend is one message", async () => {
    const [one, two] = [await relay(), await relay()];
    const { id, users } = await talk();
    const [a, b] = [await enter(one, id, users[0]?.token ?? ""), await enter(two, id, users[1]?.token ?? "")];
    a.send({ type: "message", text: "hello", client_id: "c1" });
    const ack = await frameOfType(a, "ack");
    expect(ack).toEqual({ type: "ack", client_id: "c1", message_id: expect.any(Number), seq: 1 });
    const told = await frameOfType(b, "message:new");
    expect(told).toMatchObject({
      pos: 1,
      stream: `conversation:${id}`,
      message: { id: ack.message_id, text: "hello" },
    });
    a.send({ type: "chat_message", message: "hello", client_id: "c1" });
    await until(() => a.frames.filter(({ type }) => type === "ack").length === 2, "a second ack");
    expect(a.frames.filter(({ type }) => type === "ack")[1]).toEqual(ack);
    b.send({ type: "read", up_to: 1 });
    expect(await frameOfType(a, "read")).toMatchObject({ pos: 2, user_id: users[1]?.id, up_to: 1 });
    await flow(database.db, one.bus);
    expect(b.frames.filter(({ type }) => type === "message:new")).toHaveLength(1);
  });

  it("shows typing at both relays, and ends it by itself", async () => {
    const [one, two] = [await relay(), await relay()];
    const { id, users } = await talk();
    const [a, b] = [await enter(one, id, users[0]?.token ?? ""), await enter(two, id, users[1]?.token ?? "")];
    a.send({ type: "typing", is_typing: true });
    const typing = { type: "typing", stream: `conversation:${id}`, user_id: users[0]?.id, name: "The customer" };
    expect(await frameOfType(b, "typing")).toEqual({ ...typing, is_typing: true });
    expect(await frameOfType(b, "typing", (frame) => frame.is_typing === false)).toEqual({
      ...typing,
      is_typing: false,
    });
  });

  it("closes with 4403 who is taken out of the conversation, told or not, and with all when it is deleted", async () => {
    const one = await relay();
    const { id, users } = await talk();
    const [a, b] = [await enter(one, id, users[0]?.token ?? ""), await enter(one, id, users[1]?.token ?? "")];
    await database.db.pool.query("DELETE FROM participants WHERE conversation_id = $1 AND user_id = $2", [
      id,
      users[0]?.id,
    ]);
    await one.bus.publishControl({ kind: "check_room", conversationId: id });
    await until(() => a.closed !== null, "the socket of who was taken out");
    expect(a.closed?.code).toBe(4403);
    expect(b.closed).toBeNull();
    await database.db.pool.query("UPDATE conversations SET deleted_at = now() WHERE id = $1", [id]);
    await until(() => b.closed !== null, "the other's");
    expect(b.closed?.code).toBe(4403);
  });

  it("resumes where a client was, without a hole and without a double, also at another relay", async () => {
    const [one, two] = [await relay(), await relay()];
    const { id, users } = await talk();
    const [a, b] = [await enter(one, id, users[0]?.token ?? ""), await enter(two, id, users[1]?.token ?? "")];
    for (let n = 1; n <= 5; n++) a.send({ type: "message", text: `text ${n}`, client_id: `c${n}` });
    await frameOfType(b, "message:new", ({ pos }) => pos === 5);
    const epoch = b.frames[0]?.epoch;
    const again = await enter(one, id, users[1]?.token ?? "", `&since=2&epoch=${epoch}`);
    await frameOfType(again, "message:new", ({ pos }) => pos === 5);
    const texts = again.frames.flatMap((frame) => (frame.type === "message:new" ? [frame.message] : []));
    expect(texts.map((message) => (message as { text: string }).text)).toEqual(["text 3", "text 4", "text 5"]);
    again.send({ type: "resume", since: 4, epoch });
    await until(
      () => again.frames.filter(({ pos, type }) => type === "message:new" && pos === 5).length === 2,
      "resumed",
    );
    again.send({ type: "resume", since: 99 });
    expect(await frameOfType(again, "resync_required")).toMatchObject({ epoch, pos: 5, stream: `conversation:${id}` });
  });

  it("shows a note to agents, and skips it for the customer", async () => {
    const one = await relay();
    const [customer, agent] = [await makeUser(database.db, "customer"), await makeUser(database.db, "admin")];
    const id = await makeConversation(database.db, "support", [{ id: customer.id, role: "customer" }]);
    const [c, s] = [await enter(one, id, customer.token), await enter(one, id, agent.token)];
    s.send({ type: "message", text: "between us", message_type: "note", client_id: "n" });
    expect(await frameOfType(s, "message:new")).toMatchObject({
      pos: 1,
      message: { type: "note", text: "between us" },
    });
    expect(await frameOfType(c, "skip")).toEqual({ type: "skip", stream: `conversation:${id}`, from: 1, to: 1 });
    const replay = await enter(one, id, customer.token, "&since=0");
    expect(await frameOfType(replay, "skip")).toMatchObject({ from: 1, to: 1 });
    expect([...c.texts, ...replay.texts].join()).not.toContain("between us");
  });
});
