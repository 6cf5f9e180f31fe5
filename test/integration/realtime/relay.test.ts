import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { LiveClient } from "../../../src/console/live/live-client.js";
import type { SequencedEvent } from "../../../src/contract/events.js";
import { clientSocket } from "../../support/socket-factory.js";
import { createTestDatabase, type TestDatabase } from "../../support/test-database.js";
import { until } from "../../support/until.js";
import { forgetEvents, writeEvents } from "./event-writer.js";
import { RawClient, refusal } from "./raw-client.js";
import { makeUser, startRelay, type TestRelay, tokenFor } from "./relay-fixture.js";
import { transportDrivers } from "./transport-drivers.js";

describe.each(transportDrivers)("relay on %s", (_name, openTransport) => {
  let database: TestDatabase;
  let running: TestRelay;
  let agent: { id: number; token: string };
  const clients: RawClient[] = [];
  const lives: LiveClient[] = [];

  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.drop());

  beforeEach(async () => {
    await database.db.pool.query("TRUNCATE events, streams; UPDATE sequencer SET last_seq = 0");
    running = await startRelay(database.db, openTransport);
    agent = await makeUser(database.db, "agent");
  });
  afterEach(async () => {
    for (const live of lives.splice(0)) live.close();
    for (const client of clients.splice(0)) client.socket.terminate();
    await running.relay.stop();
  });

  async function connect(query = "", token = agent.token): Promise<RawClient> {
    const client = new RawClient(`${running.url}/ws/agents/?token=${token}${query}`);
    clients.push(client);
    await client.opened();
    await until(() => client.texts.length > 0, "hello");
    return client;
  }

  const positions = (client: RawClient) => client.frames.flatMap((frame) => frame.pos ?? []).slice(1);
  const upTo = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => from + n);
  const line = () => until(() => running.lines.find((text) => text.includes('"msg":"socket"')), "the session's line");

  it("says hello, then sends events as they come, each with stream and pos", async () => {
    await writeEvents(database.db, 4);
    const client = await connect();
    const { rows } = await database.db.pool.query<{ epoch: string }>("SELECT epoch FROM system");
    expect(client.frames[0]).toEqual({
      type: "hello",
      epoch: rows[0]?.epoch,
      stream: "agents",
      pos: 4,
      oldest: 1,
      heartbeat_ms: 25_000,
    });
    running.relay.onEvents(await writeEvents(database.db, 2));
    await until(() => client.texts.length === 3, "two events");
    expect(client.frames[1]).toEqual({
      type: "message_new",
      stream: "agents",
      pos: 5,
      message_id: 5,
      status: "unassigned",
      body: "body 5",
      user_id: "U1",
    });
  });

  it("drops what it has when the bus repeats it, and ignores other streams", async () => {
    const client = await connect();
    const events = await writeEvents(database.db, 3);
    running.relay.onEvents(await writeEvents(database.db, 2, "conversation:9"));
    running.relay.onEvents(events);
    running.relay.onEvents(events);
    running.relay.onEvents(await writeEvents(database.db, 1));
    await until(() => client.texts.length === 5, "four events");
    expect(positions(client)).toEqual([1, 2, 3, 4]);
  });

  it("replays thousands from the log, then is live", async () => {
    await writeEvents(database.db, 3210);
    const client = await connect("&since=7");
    await until(() => positions(client).length === 3203, "the replay");
    running.relay.onEvents(await writeEvents(database.db, 1));
    await until(() => positions(client).length === 3204, "the live one");
    expect(positions(client)).toEqual(upTo(8, 3211));
  });

  it("joins replay and live without hole and double while events come, the bus behind or ahead", async () => {
    await writeEvents(database.db, 700);
    const queue: SequencedEvent[] = [];
    let seed = 12345;
    const random = (below: number) => {
      seed = (seed * 1103515245 + 12345) % 2147483648;
      return seed % below;
    };
    const starts = [0, 3, 499, 500, 501, 650, 699, 700];
    const opened: Promise<RawClient>[] = [];
    for (let round = 0; round < 60; round++) {
      queue.push(...(await writeEvents(database.db, 1 + random(20))));
      if (round % 7 === 0) opened.push(connect(`&since=${starts[opened.length % starts.length]}`));
      if (random(3) > 0) running.relay.onEvents(queue.splice(0, 1 + random(30)));
    }
    const all = await Promise.all(opened);
    running.relay.onEvents(queue.splice(0));
    const head = 700 + (await lastPos()) - 700;
    await until(() => all.every((client) => client.frames.at(-1)?.pos === head), "everybody at the head");
    all.forEach((client, index) => {
      expect(positions(client)).toEqual(upTo((starts[index % starts.length] ?? 0) + 1, head));
    });
  });

  async function lastPos(): Promise<number> {
    const { rows } = await database.db.pool.query<{ last_pos: number }>("SELECT last_pos FROM streams");
    return rows[0]?.last_pos ?? 0;
  }

  it.each([
    ["of that stream", ["agents"]],
    ["of any", null],
  ] as const)("keeps no copy of what was said once it is told to forget what it has %s", async (_, streams) => {
    const events = await writeEvents(database.db, 500);
    const client = await connect("&since=0");
    await until(() => positions(client).length === 500, "the replay, which is kept as a whole page");
    const live = await writeEvents(database.db, 3);
    running.relay.onEvents(live);
    await until(() => positions(client).length === 503, "what is kept in the ring");
    await database.db.pool.query('UPDATE events SET payload = payload || \'{"body": ""}\'');
    const bodiesOf = (one: RawClient) => new Set(one.frames.slice(1).map((frame) => frame.body));
    const before = await connect("&since=0");
    await until(() => positions(before).length === 503, "a replay from the copies");
    expect(bodiesOf(before)).toEqual(new Set([...events, ...live].map((event) => event.payload.body)));
    running.relay.onControl({ kind: "forget_streams", streams: streams === null ? null : [...streams] });
    const after = await connect("&since=0");
    await until(() => positions(after).length === 503, "a replay from the log");
    expect(positions(after)).toEqual(upTo(1, 503));
    expect(bodiesOf(after)).toEqual(new Set([""]));
    running.relay.onEvents(await writeEvents(database.db, 1));
    await until(() => positions(after).length === 504 && positions(client).length === 504, "both are live still");
  });

  it("resumes on request, at any time", async () => {
    const client = await connect();
    running.relay.onEvents(await writeEvents(database.db, 5));
    await until(() => positions(client).length === 5, "five");
    client.send({ type: "resume", since: 2 });
    await until(() => positions(client).length === 8, "three again");
    running.relay.onEvents(await writeEvents(database.db, 1));
    await until(() => positions(client).length === 9, "one more");
    expect(positions(client)).toEqual([1, 2, 3, 4, 5, 3, 4, 5, 6]);
  });

  it.each([
    ["older than what is kept", "&since=2"],
    ["another epoch", "&since=6&epoch=other"],
    ["above the head", "&since=9"],
    ["no whole number", "&since=-1"],
    ["no number", "&since=now"],
  ])("requires a resync: %s", async (_what, query) => {
    await writeEvents(database.db, 8);
    await forgetEvents(database.db, 4);
    const client = await connect(query);
    await until(() => client.texts.length === 2, "the resync");
    const epoch = client.frames[0]?.epoch;
    expect(client.frames[1]).toEqual({ type: "resync_required", epoch, oldest: 5, stream: "agents", pos: 8 });
    running.relay.onEvents(await writeEvents(database.db, 1));
    await until(() => client.texts.length === 3, "the live one");
    expect(client.frames[2]?.pos).toBe(9);
  });

  it("serves a client that has seen more than this relay's bus", async () => {
    const early = await connect();
    const events = await writeEvents(database.db, 6);
    const ahead = await connect("&since=4");
    await until(() => positions(ahead).length === 2, "what followed");
    await until(() => positions(early).length === 6, "the others");
    running.relay.onEvents(events);
    running.relay.onEvents(await writeEvents(database.db, 1));
    await until(() => positions(early).length === 7 && positions(ahead).length === 3, "the next");
    expect([positions(early), positions(ahead)]).toEqual([upTo(1, 7), [5, 6, 7]]);
  });

  it("answers what it does not understand and stays open", async () => {
    const client = await connect();
    client.send("{");
    client.send({ type: "shout" });
    client.send({ type: "ping" });
    await until(() => client.texts.length === 4, "three answers");
    expect(client.frames.slice(1)).toEqual([
      { type: "error", status: "invalid_json", detail: expect.any(String) },
      { type: "error", status: "invalid_body", detail: expect.any(String) },
      { type: "pong" },
    ]);
  });

  it("closes a client with more than 30 frames a second with 4429, no other", async () => {
    const client = await connect();
    const other = await connect();
    for (let n = 0; n < 31; n++) client.send({ type: "ping" });
    expect((await until(() => client.closed, "the close")).code).toBe(4429);
    expect(client.texts.length).toBe(31);
    other.send({ type: "ping" });
    await until(() => other.texts.length === 2, "pong");
  });

  it("closes an expired token's socket with 4401, and keeps one that renews it", async () => {
    const brief = await tokenFor(agent.id, "agent", 0, 2);
    const expires = await connect("", brief);
    const renews = await connect("", brief);
    renews.send({ type: "auth", token: agent.token });
    await until(() => renews.texts.length === 2, "the answer");
    expect(renews.frames[1]).toEqual({ type: "auth", expires_at: expect.stringMatching(/Z$/) });
    expect(await until(() => expires.closed, "the close")).toEqual({ code: 4401, reason: "the token has expired" });
    renews.send({ type: "ping" });
    await until(() => renews.frames.at(-1)?.type === "pong", "pong");
  });

  it("answers a bad new token, and closes for another user's", async () => {
    const client = await connect();
    client.send({ type: "auth", token: "bad" });
    await until(() => client.texts.length === 2, "the answer");
    expect(client.frames[1]).toMatchObject({ type: "error", status: "unauthorized" });
    client.send({ type: "auth", token: (await makeUser(database.db, "agent")).token });
    expect((await until(() => client.closed, "the close")).code).toBe(4401);
  });

  it("closes all sockets of a user when it is told to, and no one else's", async () => {
    const mine = [await connect(), await connect()];
    const other = await connect("", (await makeUser(database.db, "admin")).token);
    running.relay.onControl({ kind: "close_user", userId: agent.id, code: 4401, reason: "logged out" });
    for (const client of mine) {
      expect(await until(() => client.closed, "the close")).toEqual({ code: 4401, reason: "logged out" });
    }
    other.send({ type: "ping" });
    await until(() => other.texts.length === 2, "pong");
  });

  it("sends ephemeral frames to those who are live", async () => {
    const client = await connect();
    running.relay.onEphemeral({ stream: "agents", frame: { type: "agent_presence", agent_id: 1 } });
    running.relay.onEphemeral({ stream: "conversation:1", frame: { type: "typing" } });
    await until(() => client.texts.length === 2, "the frame");
    expect(client.frames[1]).toEqual({ type: "agent_presence", agent_id: 1, stream: "agents" });
  });

  it("closes a slow reader with 4408; it resumes where it was and the others miss nothing", async () => {
    const slow = await connect();
    const good = await connect();
    slow.socket.pause();
    const body = "x".repeat(9000);
    let head = 0;
    await until(
      async () => {
        const events = await writeEvents(database.db, 100);
        head = events.at(-1)?.pos ?? 0;
        running.relay.onEvents(events.map((event) => ({ ...event, payload: { body } })));
        return running.lines.some((text) => text.includes('"code":4408'));
      },
      "the slow one to be closed",
      25_000,
    );
    await until(() => positions(good).length === head, "the good one to have it all");
    expect(positions(good)).toEqual(upTo(1, head));
    slow.socket.resume();
    expect((await until(() => slow.closed, "the close")).code).toBe(4408);
    const had = positions(slow).length;
    expect(positions(slow)).toEqual(upTo(1, had));
    const again = await connect(`&since=${had}`);
    await until(() => positions(again).length === head - had, "the rest");
    expect(positions(again)).toEqual(upTo(had + 1, head));
  });

  it("sends everybody away with 1012 and a time to come back when it stops", async () => {
    const all = [await connect(), await connect(), await connect()];
    await running.relay.stop();
    for (const client of all) {
      const { code, reason } = await until(() => client.closed, "the close");
      expect(code).toBe(1012);
      expect(Number(/^retry_ms=(\d+)$/.exec(reason)?.[1])).toBeLessThanOrEqual(2000);
    }
    await expect(refusal(`${running.url}/ws/agents/`)).rejects.toThrow(/ECONNREFUSED/);
  });

  it("keeps its sockets and answers 503 while the log is away", async () => {
    await running.relay.stop();
    let away = false;
    const readOrThrow = <T>(read: () => Promise<T>) => (away ? Promise.reject(new Error("ECONNREFUSED")) : read());
    const { databaseLog } = await import("../../../src/realtime/event-log.js");
    const log = databaseLog(database.db);
    running = await startRelay(database.db, openTransport, {
      log: {
        head: (stream) => readOrThrow(() => log.head(stream)),
        after: (stream, pos, limit) => readOrThrow(() => log.after(stream, pos, limit)),
      },
    });
    const client = await connect();
    away = true;
    const { status, body } = await refusal(`${running.url}/ws/agents/?token=${agent.token}`);
    expect([status, body.status]).toEqual([503, "unavailable"]);
    running.relay.onEvents(await writeEvents(database.db, 1));
    await until(() => client.texts.length === 2, "the event");
    client.send({ type: "resume", since: 0, epoch: "other" });
    away = false;
    await until(() => client.frames.at(-1)?.type === "resync_required", "the resync, once it is back");
  });

  it("writes one line for a session, without the token, and none with the query", async () => {
    const client = await connect("&since=0");
    running.relay.onEvents(await writeEvents(database.db, 3));
    await until(() => client.texts.length === 4, "three events");
    client.socket.close(1000);
    expect(JSON.parse(await line())).toMatchObject({
      user: agent.id,
      role: "agent",
      stream: "agents",
      address: expect.stringContaining("127.0.0.1"),
      frames: 4,
      bytes: client.texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0),
      framesIn: 0,
      durationMs: expect.any(Number),
      code: 1000,
    });
    expect(running.lines.filter((text) => text.includes('"msg":"socket"'))).toHaveLength(1);
    expect(running.lines.join("")).not.toContain(agent.token.slice(-20));
  });

  it("is followed by the typed client over restarts: each frame once, in order", async () => {
    const seen: number[] = [];
    const states: string[] = [];
    const live = new LiveClient({
      socket: clientSocket,
      backoffMs: { min: 5, max: 20 },
      onFrame: (frame) => void seen.push(Number(frame.pos)),
      onState: (state) => void states.push(state),
    });
    lives.push(live);
    live.connect(`${running.url}/ws/agents/`, { token: agent.token });
    await until(() => live.state === "open", "the connection");
    running.relay.onEvents(await writeEvents(database.db, 3));
    await until(() => seen.length === 3, "three");
    running.relay.onControl({ kind: "close_user", userId: agent.id, code: 1012, reason: "retry_ms=0" });
    running.relay.onEvents(await writeEvents(database.db, 4));
    await until(() => seen.length === 7, "what it missed");
    await running.relay.stop();
    const port = running.relay.port;
    await writeEvents(database.db, 2);
    running = await startRelay(database.db, openTransport, { port });
    await until(() => seen.length === 9, "what came while nobody listened");
    expect(seen).toEqual(upTo(1, 9));
    expect(states.slice(0, 5)).toEqual(["connecting", "open", "waiting", "connecting", "open"]);
  });
});
