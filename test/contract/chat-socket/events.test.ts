import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { get } from "node:http";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { HttpServer } from "../../../src/api/http-server.js";
import { StreamNews } from "../../../src/api/stream-news.js";
import type { Bus } from "../../../src/bus/bus.js";
import { Follower } from "../../../src/bus/follower.js";
import { openBus } from "../../../src/bus/open-bus.js";
import { postMessage } from "../../../src/commands/post-message.js";
import { chatLimits, flow, makeConversation } from "../../integration/realtime/chat-desk.js";
import { silentLogger } from "../../support/silent-logger.js";
import { until } from "../../support/until.js";
import { type Answered, type ApiUnderTest, people, startApi } from "../api-under-test.js";

describe.each(["redis", "none"] as const)("GET /api/events/, REDIS_URL %s", (redis) => {
  let api: ApiUnderTest;
  let bus: Bus;
  let news: StreamNews;
  let ended: (() => Promise<void>) | null = null;
  let direct: number;

  beforeAll(async () => {
    // The bus is opened at the first call that waits: the database is there by then.
    news = new StreamNews({
      logger: silentLogger,
      follow: async (handlers) => {
        const follower = new Follower({ bus, db: api.db, logger: silentLogger, ...handlers });
        await follower.start();
        ended = () => follower.stop();
        return () => follower.stop();
      },
    });
    api = await startApi({}, { news });
    const redisUrl = redis === "redis" ? inject("redisUrl") : null;
    const prefix = `events_${randomBytes(6).toString("hex")}`;
    bus = await openBus({
      redisUrl,
      databaseUrl: api.url,
      db: api.db,
      name: "events-test",
      logger: silentLogger,
      prefix,
    });
    direct = await makeConversation(api.db, "direct", [
      { id: people.customer, role: "member" },
      { id: people.customer2, role: "member" },
    ]);
  });
  afterAll(async () => {
    await news.stop();
    await ended?.();
    await bus.close();
    await api.drop();
  });

  const events = (query: string, token = api.tokens.customer): Promise<Answered> =>
    api.call("GET", `/api/events/?${query}`, undefined, { token });

  async function say(text: string, kind: "text" | "note" = "text", conversationId = direct): Promise<void> {
    const isNote = kind === "note";
    const actor = isNote
      ? { kind: "user" as const, id: people.admin, role: "admin" as const, name: "Ada Admin" }
      : { kind: "user" as const, id: people.customer, role: "customer" as const, name: "Cleo" };
    const ctx = { db: api.db, actor, requestId: null, limits: chatLimits, wake: () => undefined };
    await postMessage(ctx, { conversationId, text, kind });
    await flow(api.db, bus);
  }

  const texts = ({ body }: Answered) =>
    body.frames.map((frame: { type: string; message?: { text: string } }) => frame.message?.text ?? frame.type);

  it("says where the stream is, at once, without since", async () => {
    const { status, body, headers } = await events(`stream=conversation:${direct}`);
    expect(status).toBe(200);
    expect(headers.get("cache-control")).toBe("no-store");
    expect(body).toEqual({
      stream: `conversation:${direct}`,
      epoch: expect.any(String),
      pos: 0,
      oldest: 1,
      frames: [],
    });
  });

  it("answers what there is after since, and as soon as something comes", async () => {
    await say("one");
    const first = await events(`stream=conversation:${direct}&since=0`);
    expect(texts(first)).toEqual(["one"]);
    expect(first.body.frames[0]).toMatchObject({ type: "message:new", pos: 1, stream: `conversation:${direct}` });
    const began = performance.now();
    const waiting = events(
      `stream=conversation:${direct}&since=1&epoch=${first.body.epoch}&wait=25`,
      api.tokens.customer2,
    );
    await until(() => news.waiting === 1, "it waits");
    await say("two");
    const second = await waiting;
    expect(texts(second)).toEqual(["two"]);
    expect(second.body.pos).toBe(2);
    expect(performance.now() - began).toBeLessThan(20_000);
  });

  it("answers nothing when the time is over", async () => {
    const { pos } = (await events(`stream=conversation:${direct}`)).body;
    const answer = await events(`stream=conversation:${direct}&since=${pos}&wait=0`);
    expect(answer).toMatchObject({ status: 200, body: { pos, frames: [] } });
  });

  it("shows typing to who waits", async () => {
    const { pos } = (await events(`stream=conversation:${direct}`)).body;
    const waiting = events(`stream=conversation:${direct}&since=${pos}&wait=20`, api.tokens.customer2);
    let answered: Answered | null = null;
    void waiting.then((answer) => {
      answered = answer;
    });
    const frame = { type: "typing", user_id: people.customer, name: "Cleo", is_typing: true };
    await until(async () => {
      await bus.publishEphemeral({ stream: `conversation:${direct}`, frame });
      return answered !== null;
    }, "the answer");
    const { body } = await waiting;
    expect(body.pos).toBe(pos);
    expect(body.frames[0]).toEqual({ ...frame, stream: `conversation:${direct}` });
  });

  it("asks to start over for another epoch, above the head, and where the log does not reach", async () => {
    for (const query of ["since=0&epoch=other", "since=999999"]) {
      const { body } = await events(`stream=conversation:${direct}&${query}`);
      expect(body.frames[0]).toMatchObject({ type: "resync_required", epoch: body.epoch, pos: body.pos });
    }
    await api.db.pool.query("DELETE FROM events WHERE stream = $1 AND pos = 1", [`conversation:${direct}`]);
    const { body } = await events(`stream=conversation:${direct}&since=0`);
    expect(texts({ body } as Answered)[0]).toBe("resync_required");
  });

  it("skips a note for the customer, and shows it to staff", async () => {
    const support = await makeConversation(api.db, "support", [{ id: people.customer, role: "customer" }]);
    await say("between us", "note", support);
    const stream = `conversation:${support}`;
    expect((await events(`stream=${stream}&since=0`)).body.frames).toEqual([{ type: "skip", stream, from: 1, to: 1 }]);
    expect(texts(await events(`stream=${stream}&since=0`, api.tokens.admin))).toEqual(["between us"]);
  });

  it("403 for a customer on the agents' stream, 404 for a stranger's conversation, 200 for an agent", async () => {
    expect(await events("stream=agents")).toMatchObject({ status: 403, body: { status: "forbidden" } });
    expect((await events("stream=agents", api.tokens.agent)).status).toBe(200);
    expect(await events(`stream=conversation:${direct}`, api.tokens.agent)).toMatchObject({
      status: 404,
      body: { status: "conversation_not_found" },
    });
    expect((await api.call("GET", "/api/events/?stream=agents")).status).toBe(401);
  });

  it("404 for who was taken out while it waited", async () => {
    const room = await makeConversation(api.db, "direct", [{ id: people.customer2, role: "member" }]);
    const waiting = events(`stream=conversation:${room}&since=0&wait=20`, api.tokens.customer2);
    await until(() => news.waiting === 1, "it waits");
    await api.db.pool.query("DELETE FROM participants WHERE conversation_id = $1", [room]);
    let answered = false;
    void waiting.then(() => {
      answered = true;
    });
    await until(async () => {
      await bus.publishEphemeral({ stream: `conversation:${room}`, frame: { type: "typing" } });
      return answered;
    }, "the answer");
    expect((await waiting).status).toBe(404);
  });

  it.each(["", "stream=desk", "stream=conversation:x", "stream=agents&since=-1", "stream=agents&wait=61"])(
    "400 invalid_query for ?%s",
    async (query) =>
      expect(await events(query, api.tokens.admin)).toMatchObject({ status: 400, body: { status: "invalid_query" } }),
  );

  it("a client that goes away is not waited for, and a stop answers at once", async () => {
    const server = new HttpServer({ fetch: api.app.fetch, host: "127.0.0.1", port: 0, drainMs: 5000 });
    await server.start();
    const listening = () => news.waiting;
    const { pos } = (await events(`stream=conversation:${direct}`)).body;
    const call = () =>
      get({
        port: server.port,
        path: `/api/events/?stream=conversation:${direct}&since=${pos}&wait=60`,
        headers: { authorization: `Bearer ${api.tokens.customer}` },
      });
    const gone = call().on("error", () => undefined);
    await until(() => listening() === 1, "it waits");
    gone.destroy();
    await until(() => listening() === 0, "nobody waits");
    const stays = call();
    const answered = once(stays, "response");
    await until(() => listening() === 1, "it waits");
    news.release();
    const [response] = await answered;
    expect(response.statusCode).toBe(200);
    response.resume();
    await once(response, "end");
    await server.stop();
  });
});
