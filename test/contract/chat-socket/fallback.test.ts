import { randomBytes } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { HttpServer } from "../../../src/api/http-server.js";
import { StreamNews } from "../../../src/api/stream-news.js";
import type { Bus } from "../../../src/bus/bus.js";
import { Follower } from "../../../src/bus/follower.js";
import { openBus } from "../../../src/bus/open-bus.js";
import { ChatClient } from "../../../src/console/live/chat-client.js";
import { LiveClient, type LiveState } from "../../../src/console/live/live-client.js";
import type { ServerFrame } from "../../../src/console/live/stream-log.js";
import { openWsTransport } from "../../../src/realtime/transport-ws.js";
import { type ChatRelay, flow, makeConversation, startChatRelay } from "../../integration/realtime/chat-desk.js";
import { makeUser } from "../../integration/realtime/relay-fixture.js";
import { freePort } from "../../support/free-port.js";
import { silentLogger } from "../../support/silent-logger.js";
import { type clientSocket, RawSocket } from "../../support/socket-factory.js";
import { until } from "../../support/until.js";
import { type ApiUnderTest, people, startApi } from "../api-under-test.js";

/** Where sockets are refused, as by a proxy that knows none, they go to the API, which answers no upgrade here. */
class Blockable extends RawSocket {
  static relay: string | null = null;
  constructor(url: string, protocols?: string[]) {
    super(Blockable.relay === null ? url : url.replace(/^ws:\/\/[^/]+/, Blockable.relay), protocols);
  }
}

describe("where no socket opens", () => {
  let api: ApiUnderTest;
  let bus: Bus;
  let news: StreamNews;
  let server: HttpServer;
  let relay: ChatRelay;
  let conversation: number;
  const ends: (() => Promise<void> | void)[] = [];

  beforeAll(async () => {
    news = new StreamNews({
      logger: silentLogger,
      follow: async (handlers) => {
        const follower = new Follower({ bus, db: api.db, logger: silentLogger, ...handlers });
        await follower.start();
        return () => follower.stop();
      },
    });
    api = await startApi({}, { news });
    const prefix = `fallback_${randomBytes(6).toString("hex")}`;
    const { url: databaseUrl, db } = api;
    bus = await openBus({ redisUrl: null, databaseUrl, db, name: "fallback-test", logger: silentLogger, prefix });
    const port = await freePort();
    server = new HttpServer({ fetch: api.app.fetch, host: "127.0.0.1", port, drainMs: 100 });
    server.server.on("upgrade", (_request, socket) => socket.destroy());
    await server.start();
    relay = await startChatRelay(api, { redisUrl: null, prefix, openTransport: openWsTransport });
    conversation = await makeConversation(api.db, "direct", [
      { id: people.customer, role: "member" },
      { id: people.customer2, role: "member" },
    ]);
  });
  afterEach(async () => {
    for (const end of ends.splice(0)) await end();
    Blockable.relay = null;
  });
  afterAll(async () => {
    await news.stop();
    await server.stop();
    await relay.stop();
    await bus.close();
    await api.drop();
  });

  const url = (path: string) => `ws://127.0.0.1:${server.port}${path}`;
  const socket = Blockable as unknown as typeof clientSocket;
  const backoffMs = { min: 5, max: 50 };
  const post = async (text: string, token: string) => {
    const path = `/api/chat/threads/${conversation}/messages/`;
    expect((await api.call("POST", path, { text }, { token })).status).toBe(201);
    await flow(api.db, bus);
  };
  const said = (frames: readonly ServerFrame[]) =>
    frames.filter(({ type }) => type === "message:new").map(({ message }) => (message as { text: string }).text);

  it("the client polls, and says what is said over HTTP, in order", async () => {
    const frames: ServerFrame[] = [];
    const states: LiveState[] = [];
    const client = new ChatClient({
      ...{ socket, backoffMs },
      onFrame: (frame) => frames.push(frame),
      onState: (state) => states.push(state),
    });
    ends.push(() => client.close());
    client.connect(url(`/ws/chat/${conversation}/`), { token: api.tokens.customer });
    await until(() => client.state === "polling", "polling");
    await post("from the other side", api.tokens.customer2);
    const stored = [client.say("one"), client.say("two")];
    expect((await Promise.all(stored)).map(({ seq }) => seq)).toEqual([2, 3]);
    await flow(api.db, bus);
    await until(() => said(frames).length === 3, "all of it, polled");
    await expect(client.say(" ")).rejects.toMatchObject({ name: "SayError", status: "invalid_body" });
    expect(states).not.toContain("open");
    expect(said(frames)).toEqual(["from the other side", "one", "two"]);
  });

  it("a stream that was polled goes on over a socket where it was, without hole or double", async () => {
    const member = await makeUser(api.db, "customer");
    await api.db.kysely
      .insertInto("participants")
      .values({ conversation_id: conversation, user_id: member.id, role: "member" })
      .execute();
    const { tokens } = api.deps;
    const ofApi = await tokens.sign({ sub: member.id, role: "customer", name: "", tv: 0 });
    const frames: ServerFrame[] = [];
    const client = new LiveClient({ ...{ socket, backoffMs }, onFrame: (frame) => frames.push(frame) });
    ends.push(() => client.close());
    client.connect(url(`/ws/chat/${conversation}/`), {
      token: () => (Blockable.relay === null ? ofApi : member.token),
      since: 0,
    });
    await until(() => client.state === "polling", "polling");
    await post("polled", api.tokens.customer);
    await until(() => said(frames).at(-1) === "polled", "what is polled");
    Blockable.relay = relay.url;
    await until(() => client.state === "open", "the socket");
    await post("over the socket", api.tokens.customer);
    await until(() => said(frames).at(-1) === "over the socket", "what came over the socket");
    const positions = frames.flatMap(({ pos }) => pos ?? []);
    expect(positions).toEqual(positions.map((_, n) => n + 1));
    expect(client.pos).toBe(positions.length);
  });

  it("who may not read the stream is away for good, and so is a fixed token that is refused", async () => {
    const closed: unknown[] = [];
    for (const token of [api.tokens.customer, "x.y.z"]) {
      const client = new LiveClient({
        ...{ socket, backoffMs },
        onFrame: () => undefined,
        onState: (state, close) => state === "closed" && closed.push(close?.code),
      });
      ends.push(() => client.close());
      client.connect(url("/ws/agents/"), { token });
      await until(() => client.state === "closed", "the end");
    }
    expect(closed).toEqual([4403, 4401]);
  });

  it("where nothing can be polled either it goes on trying sockets", async () => {
    let polled = false;
    server.server.on("request", ({ url }) => {
      if (url?.startsWith("/api/nothing/")) polled = true;
    });
    const client = new LiveClient({
      ...{ socket, backoffMs, poll: `http://127.0.0.1:${server.port}/api/nothing/?stream=agents` },
      onFrame: () => undefined,
    });
    ends.push(() => client.close());
    client.connect(url("/ws/agents/"), { token: (await makeUser(api.db, "agent")).token });
    await until(() => polled, "the poll");
    Blockable.relay = relay.url;
    await until(() => client.state === "open", "the socket");
  });
});
