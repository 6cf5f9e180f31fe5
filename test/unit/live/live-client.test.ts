import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Backoff } from "../../../src/console/live/backoff.js";
import { LiveClient, type LiveClientOptions } from "../../../src/console/live/live-client.js";
import { lifeOf } from "../../../src/console/live/token-keeper.js";
import { FakeSocket } from "./fake-socket.js";

const hello = (pos: number) => ({ type: "hello", epoch: "e", stream: "agents", pos, oldest: 1, heartbeat_ms: 1000 });
const at = (pos: number) => ({ type: "message_new", stream: "agents", pos });
const turn = () => vi.advanceTimersByTimeAsync(0);

describe("live client", () => {
  let seen: unknown[];
  let states: string[];
  let client: LiveClient;

  beforeEach(() => {
    vi.useFakeTimers();
    FakeSocket.made = [];
    seen = [];
    states = [];
  });
  afterEach(() => {
    client.close();
    vi.useRealTimers();
  });

  function start(connect: Parameters<LiveClient["connect"]>[1] = {}, given: Partial<LiveClientOptions> = {}) {
    client = new LiveClient({
      socket: FakeSocket,
      onFrame: (frame) => seen.push(frame.pos ?? frame.type),
      onState: (state) => states.push(state),
      ...given,
    });
    client.connect("ws://desk.example/ws/agents/", connect);
    return turn();
  }

  const socket = () => {
    const last = FakeSocket.made.at(-1);
    if (!last) throw new Error("no socket was made");
    return last;
  };

  it("sends the token as a subprotocol, never in the address, and its place in the query", async () => {
    await start({ token: "jwt", since: 4, epoch: "e" });
    expect(socket().url).toBe("ws://desk.example/ws/agents/?since=4&epoch=e&batch=1");
    expect(socket().protocols).toEqual(["bearer", "jwt"]);
  });

  it("comes back from where it was, after a wait", async () => {
    await start({ token: () => "fresh" }, { backoffMs: { min: 100, max: 1000 } });
    socket().receive(hello(2));
    socket().receive(at(3));
    socket().lose(1006);
    expect(client.state).toBe("waiting");
    await vi.advanceTimersByTimeAsync(100);
    expect(socket().url).toContain("since=3&epoch=e");
    socket().lose(1006);
    await vi.advanceTimersByTimeAsync(49);
    expect(FakeSocket.made).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(51);
    expect(FakeSocket.made).toHaveLength(3);
    socket().receive(hello(5));
    for (const pos of [3, 4, 5]) socket().receive(at(pos));
    expect(seen).toEqual([3, 4, 5]);
    expect(states).toEqual(["connecting", "open", "waiting", "connecting", "waiting", "connecting", "open"]);
  });

  it("comes back at once when it is told that the network is there again, and opens no second socket", async () => {
    await start({}, { backoffMs: { min: 60_000, max: 60_000 } });
    socket().receive(hello(2));
    client.reconnectNow();
    await turn();
    expect(FakeSocket.made).toHaveLength(1);
    socket().lose(1006);
    client.reconnectNow();
    client.reconnectNow();
    await turn();
    expect(FakeSocket.made).toHaveLength(2);
    client.reconnectNow();
    await turn();
    expect(FakeSocket.made).toHaveLength(2);
    socket().receive(hello(2));
    await vi.advanceTimersByTimeAsync(500);
    expect([client.state, FakeSocket.made.length]).toEqual(["open", 2]);
  });

  it("waits as long as a restarting server tells it to", async () => {
    await start();
    socket().receive(hello(0));
    socket().lose(1012, "retry_ms=1700");
    await vi.advanceTimersByTimeAsync(1699);
    expect(FakeSocket.made).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(FakeSocket.made).toHaveLength(2);
  });

  it("asks again over the same connection when it sees a hole", async () => {
    await start();
    socket().receive(hello(0));
    socket().receive(at(3));
    expect(socket().sent).toEqual([{ type: "resume", since: 0, epoch: "e" }]);
    expect(seen).toEqual([]);
  });

  it("reports hello and resync", async () => {
    const heard: unknown[] = [];
    await start({ since: 9 }, { onHello: (h) => heard.push(h.pos), onResync: (r) => heard.push(r) });
    socket().receive(hello(4));
    socket().receive({ type: "resync_required", epoch: "e", oldest: 2, stream: "agents", pos: 4 });
    socket().receive(at(5));
    expect(heard).toEqual([4, { epoch: "e", oldest: 2, pos: 4 }]);
    expect([seen, client.pos]).toEqual([[5], 5]);
  });

  it.each([
    [4403, "a token", "closed"],
    [4401, "a token", "closed"],
    [4401, () => "a new one", "waiting"],
    [4408, "a token", "waiting"],
    [1001, "a token", "waiting"],
  ])("after %i with %s it is %s", async (code, token, state) => {
    await start({ token: token as string });
    socket().receive(hello(0));
    socket().lose(code);
    expect(client.state).toBe(state);
  });

  it("stays away when it is told to, or closed", async () => {
    await start({}, { reconnect: false });
    socket().lose(1006);
    expect(client.state).toBe("closed");
    await start();
    client.close();
    expect(socket().closedWith).toBe(1000);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(FakeSocket.made).toHaveLength(2);
    expect(client.send({ type: "ping" })).toBe(false);
  });

  it("delivers nothing more once it was closed from within onFrame", async () => {
    const closeAfter = (frame: { pos?: number }) => {
      seen.push(frame.pos);
      client.close();
    };
    await start({}, { onFrame: closeAfter });
    socket().receive(hello(0));
    socket().receive({ type: "batch", frames: [at(1), at(2)] });
    expect(seen).toEqual([1]);
  });

  it("pings, and gives up a connection that is silent even then", async () => {
    await start();
    socket().receive(hello(0));
    await vi.advanceTimersByTimeAsync(1000);
    expect(socket().sent).toEqual([{ type: "ping" }]);
    socket().receive({ type: "pong" });
    await vi.advanceTimersByTimeAsync(1000);
    expect(client.state).toBe("open");
    await vi.advanceTimersByTimeAsync(1000);
    expect(client.state).toBe("waiting");
  });

  it("gives up a connection that comes to no hello in time", async () => {
    await start();
    await vi.advanceTimersByTimeAsync(14_999);
    expect(client.state).toBe("connecting");
    await vi.advanceTimersByTimeAsync(1);
    expect(client.state).toBe("waiting");
    expect(socket().readyState).toBe(3);
    await vi.advanceTimersByTimeAsync(1000);
    expect(FakeSocket.made).toHaveLength(2);
    socket().receive(hello(0));
    await vi.advanceTimersByTimeAsync(900);
    expect(client.state).toBe("open");
  });

  it("gives up a connection that sends no frames", async () => {
    await start();
    socket().receive("<html>");
    expect(client.state).toBe("waiting");
  });

  it("uses no token that comes after it was closed or connected anew", async () => {
    let give: (token: string) => void = () => undefined;
    await start({ token: () => new Promise<string>((resolve) => (give = resolve)) });
    client.connect("ws://desk.example/ws/agents/", { token: "second" });
    give("first");
    await turn();
    expect(FakeSocket.made.map((made) => made.protocols)).toEqual([["bearer", "second"]]);
  });
});

const encode = (value: unknown) => btoa(JSON.stringify(value)).replaceAll("=", "");
const jwt = (claims: { iat?: number; exp: number }) => `${encode({ alg: "HS256" })}.${encode(claims)}.x`;

describe("live client's token", () => {
  let client: LiveClient;
  beforeEach(() => {
    vi.useFakeTimers();
    vi.setSystemTime(1_000_000_000_000);
    FakeSocket.made = [];
  });
  afterEach(() => {
    client.close();
    vi.useRealTimers();
  });

  it("is renewed over the socket before it ends, each time, and a source that fails is asked again", async () => {
    const now = () => Math.floor(Date.now() / 1000);
    let asked = 0;
    let fails = false;
    const token = () => {
      if (fails) throw new Error("away");
      return jwt({ iat: now(), exp: now() + 100 + asked++ });
    };
    const seen: unknown[] = [];
    client = new LiveClient({ socket: FakeSocket, onFrame: (frame) => seen.push(frame.type) });
    client.connect("ws://desk.example/ws/agents/", { token });
    await turn();
    const [socket] = FakeSocket.made;
    socket?.receive({ ...hello(0), heartbeat_ms: 10_000_000 });
    await vi.advanceTimersByTimeAsync(74_000);
    expect(socket?.sent).toEqual([]);
    await vi.advanceTimersByTimeAsync(2000);
    expect(socket?.sent).toHaveLength(1);
    socket?.receive({ type: "auth", expires_at: null });
    fails = true;
    await vi.advanceTimersByTimeAsync(77_000);
    expect(socket?.sent).toHaveLength(1);
    fails = false;
    await vi.advanceTimersByTimeAsync(24_000);
    expect(socket?.sent).toHaveLength(2);
    expect(socket?.sent.map((frame) => (frame as { type: string }).type)).toEqual(["auth", "auth"]);
    expect([seen, client.state, FakeSocket.made.length]).toEqual([[], "open", 1]);
  });

  it.each(["a string", jwt({ exp: 1_000_000_100 })])(
    "is left as it is when it is %s that cannot be asked for",
    async (token) => {
      client = new LiveClient({ socket: FakeSocket, onFrame: () => undefined });
      client.connect("ws://desk.example/ws/agents/", { token });
      await turn();
      FakeSocket.made[0]?.receive({ ...hello(0), heartbeat_ms: 10_000_000 });
      await vi.advanceTimersByTimeAsync(200_000);
      expect(FakeSocket.made[0]?.sent).toEqual([]);
    },
  );

  it("has no longer than it was given, whatever this clock says", () => {
    expect(lifeOf(jwt({ iat: 500, exp: 600 }), 100_000)).toEqual({ leftMs: 100_000 });
    expect(lifeOf(jwt({ iat: 500, exp: 600 }), 590_000)).toEqual({ leftMs: 10_000 });
    expect(lifeOf(jwt({ iat: 500, exp: 600 }), 700_000)).toEqual({ leftMs: 0 });
    expect(lifeOf("rubbish", 0)).toBeNull();
  });
});

describe("backoff", () => {
  const waits = (backoff: Backoff, count: number) => Array.from({ length: count }, () => backoff.next());

  it("waits half as long as it has waited, at least and at most so long, and starts over", () => {
    const high = new Backoff(100, 1000, () => 0.999999);
    expect(waits(high, 12)).toEqual([100, 100, 100, 150, 225, 337, 506, 759, 1000, 1000, 1000, 1000]);
    high.reset();
    expect(high.next()).toBe(100);
    expect(high.next("retry_ms=7")).toBe(7);
  });

  it("waits between the half and the whole of that", () => {
    expect(waits(new Backoff(100, 1000, () => 0), 3)).toEqual([50, 50, 50]);
    expect(waits(new Backoff(100, 1000, () => 0), 20).at(-1)).toBe(500);
  });
});
