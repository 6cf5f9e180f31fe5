import { beforeEach, describe, expect, it } from "vitest";
import type { Sight } from "../../../src/domain/visibility.js";
import { PageReader } from "../../../src/realtime/page-reader.js";
import { positionOf, Session } from "../../../src/realtime/session.js";
import { type Stream, Streams } from "../../../src/realtime/streams.js";
import { sightView } from "../../../src/realtime/view.js";
import { FakeLog, frameAt } from "./fake-log.js";
import { FakeSocket, FakeTopics } from "./fake-socket.js";

const turn = () => new Promise((resolve) => setImmediate(resolve));
const limits = { pauseAboveBytes: 400, drainTimeoutMs: 20, logTimeoutMs: 60, skipAfterMs: 30 };

describe("session", () => {
  let log: FakeLog;
  let topics: FakeTopics;
  let pages: PageReader;
  let streams: Streams;
  let restarts: number;

  beforeEach(() => {
    log = new FakeLog({ held: false });
    topics = new FakeTopics();
    restarts = 0;
    pages = new PageReader(log, { pageSize: 5 });
    streams = new Streams(pages, topics.publish, () => restarts++, true);
  });

  async function open(since: string | null, epoch: string | null = null) {
    const { stream, head } = await streams.open("agents");
    const socket = new FakeSocket();
    topics.sockets.add(socket);
    const session = new Session(socket, stream, head, pages, limits);
    session.begin(25_000, since, epoch);
    await turn();
    return { stream, socket, session };
  }

  function deliver(stream: Stream, ...positions: number[]) {
    stream.advance(positions.map(frameAt));
  }

  it("says hello first, with the head, the oldest and the heartbeat", async () => {
    log.commit(7);
    log.oldest = 3;
    const { socket } = await open(null);
    expect(socket.frames).toEqual([
      { type: "hello", epoch: "e1", stream: "agents", pos: 7, oldest: 3, heartbeat_ms: 25_000 },
    ]);
  });

  it("replays all that came after `since`, then is live", async () => {
    log.commit(12);
    const { stream, socket } = await open("3");
    deliver(stream, 13, 14);
    expect(socket.positions()).toEqual([4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14]);
  });

  it.each([
    ["another epoch", "3", "e0"],
    ["a position above the head", "9", null],
    ["not a number", "x", null],
    ["a fraction", "1.5", null],
    ["a negative number", "-1", null],
    ["a position that is kept no more", "1", null],
  ])("asks for a resync: %s", async (_what, since, epoch) => {
    log.commit(8);
    log.oldest = 4;
    const { stream, socket } = await open(since, epoch);
    deliver(stream, 9);
    expect(socket.frames.slice(1)).toEqual([
      { type: "resync_required", epoch: "e1", oldest: 4, stream: "agents", pos: 8 },
      { type: "message_new", stream: "agents", pos: 9 },
    ]);
  });

  it("replays from the oldest that is kept without a resync", async () => {
    log.commit(8);
    log.oldest = 4;
    expect((await open("3")).socket.positions()).toEqual([4, 5, 6, 7, 8]);
  });

  it("takes a shared read that began too early for no proof that a frame is gone", async () => {
    log.commit(2);
    const first = await open(null);
    log.held = true;
    log.snapshotAtStart = () => true;
    const reader = pages.after("agents", 2);
    log.commit(1);
    deliver(first.stream, 3);
    first.stream.ring.clear();
    first.session.resume(2, null);
    await turn();
    for (const read of log.pending.splice(0)) read.release();
    expect(await reader).toEqual([]);
    await turn();
    for (const read of log.pending.splice(0)) read.release();
    await turn();
    expect(first.socket.positions()).toEqual([3, 3]);
    expect(first.socket.frames.map((frame) => frame.type)).not.toContain("resync_required");
  });

  it("fills a hole that the bus left from the log", async () => {
    log.commit(2);
    const { stream, socket } = await open(null);
    log.commit(4);
    deliver(stream, 3, 6);
    await turn();
    expect(socket.positions()).toEqual([3, 4, 5, 6]);
  });

  it("waits for its reader between frames of a replay and closes one that takes nothing with 4408", async () => {
    log.commit(40);
    const { stream, head } = await streams.open("agents");
    const socket = new FakeSocket();
    socket.slow = true;
    const session = new Session(socket, stream, head, pages, limits);
    session.begin(25_000, "0", null);
    await turn();
    const sent = socket.positions().length;
    expect(sent).toBeGreaterThan(0);
    expect(sent).toBeLessThan(20);
    socket.drain();
    session.drained();
    await turn();
    expect(socket.positions().length).toBeGreaterThan(sent);
    expect(socket.closed).toBeNull();
    await expect.poll(() => socket.closed?.code).toBe(4408);
  });

  it("closes with 1013 when the log stays away during a replay", async () => {
    log.commit(9);
    const { socket, session } = await open(null);
    log.held = true;
    session.resume(1, null);
    await expect
      .poll(() => {
        for (const read of log.pending.splice(0)) read.fail();
        return socket.closed?.code;
      })
      .toBe(1013);
  });

  it("starts everybody over when the log was restored", async () => {
    log.commit(3);
    const { stream } = await open(null);
    log.epoch = "e2";
    const anew = await open(null);
    expect(restarts).toBe(1);
    expect(streams.has(stream)).toBe(false);
    expect(anew.socket.frames[0]).toMatchObject({ type: "hello", epoch: "e2" });
  });

  describe("of a reader that does not see all", () => {
    const of = (queue: string): Sight => ({ kind: "queues", agentId: 1, queues: [queue] });

    async function openNarrowed(since: string | null, sight: Sight = of("q0"), epoch: string | null = null) {
      const { stream, head } = await streams.open("agents");
      const socket = new FakeSocket();
      topics.sockets.add(socket);
      const session = new Session(
        socket,
        stream,
        head,
        pages,
        { ...limits, skipAfterMs: 30 },
        { view: sightView(sight) },
      );
      session.begin(25_000, since, epoch);
      await turn();
      const told = () => socket.frames.slice(1).map((frame) => frame.pos ?? [frame.type, frame.from, frame.to]);
      return { stream, socket, session, told };
    }

    it("sends what it sees and skips the rest, merged, live, from the ring and from the log alike", async () => {
      log.commit(12);
      const replayed = await openNarrowed("1");
      expect(replayed.told()).toEqual([["skip", 2, 2], 3, ["skip", 4, 5], 6, ["skip", 7, 8], 9, ["skip", 10, 11], 12]);
      deliver(replayed.stream, 13, 14, 15, 16);
      log.commit(4);
      expect(replayed.told().slice(8)).toEqual([["skip", 13, 14], 15]);
      const { reads } = log;
      const fromRing = await openNarrowed("12");
      expect(log.reads, "the head alone is read").toBe(reads + 1);
      expect(fromRing.told()).toEqual([["skip", 13, 14], 15]);
      expect(fromRing.socket.topics.size).toBe(0);
    });

    it("tells a reader to whom nothing is said where it is, in time and once", async () => {
      log.commit(1);
      const { stream, told } = await openNarrowed(null);
      deliver(stream, 2);
      expect(told()).toEqual([]);
      await expect.poll(told).toEqual([["skip", 2, 2]]);
      deliver(stream, 3, 4, 5);
      await expect.poll(told).toEqual([["skip", 2, 2], 3, ["skip", 4, 5]]);
    });

    it("goes on over a hole that the bus left", async () => {
      log.commit(4);
      const { stream, told } = await openNarrowed(null);
      deliver(stream, 5);
      log.commit(5);
      deliver(stream, 9);
      await turn();
      expect(told()).toEqual([["skip", 5, 5], 6, ["skip", 7, 8], 9]);
    });

    it("starts over when its sight changes, and is told of what it did not see before from there on", async () => {
      log.commit(3);
      const { stream, socket, session, told } = await openNarrowed(null);
      const hello = socket.frames[0];
      deliver(stream, 4, 5);
      session.see(sightView(of("q0")));
      expect(told()).toEqual([]);
      session.see(sightView(of("q1")));
      await turn();
      const resync = socket.frames.at(-1);
      expect(resync).toMatchObject({ type: "resync_required", pos: 5 });
      expect(resync?.epoch).not.toBe(hello?.epoch);
      deliver(stream, 6, 7);
      expect(told().slice(1)).toEqual([["skip", 6, 6], 7]);
      session.end();
      session.see(sightView(of("q2")));
      await turn();
      expect(socket.frames).toHaveLength(4);
    });

    it("is another log than under another sight: who comes back with the other's epoch starts over", async () => {
      log.commit(3);
      const epoch = String((await openNarrowed(null)).socket.frames[0]?.epoch);
      expect((await openNarrowed("2", of("q0"), epoch)).told()).toEqual([3]);
      for (const [sight, from] of [
        [of("q1"), epoch],
        [of("q0"), "e1"],
        [{ kind: "own", agentId: 1 } as const, epoch],
      ] as const) {
        const { socket } = await openNarrowed("2", sight, from);
        expect(socket.frames.map((frame) => frame.type)).toEqual(["hello", "resync_required"]);
      }
      const all = await openNarrowed("2", { kind: "all" }, "e1");
      expect(all.told()).toEqual([3]);
    });

    it("is shown presence on the tickets that it sees", async () => {
      const { stream, socket } = await openNarrowed(null);
      const presence = { type: "ticket_presence", message_id: 1, agent_id: 2, state: "typing" };
      stream.show({ ...presence, queue: "q1", assigned_to: null });
      stream.show(presence);
      stream.show({ ...presence, queue: "q0", assigned_to: null });
      stream.show({ ...presence, queue: "q1", assigned_to: 1 });
      stream.show({ type: "agent_presence", agent_id: 3 });
      expect(socket.frames.slice(1).map((frame) => [frame.type, frame.queue])).toEqual([
        ["ticket_presence", "q0"],
        ["ticket_presence", "q1"],
        ["agent_presence", undefined],
      ]);
    });

    it("is not sent what nobody is named for", async () => {
      const { stream, told } = await openNarrowed(null);
      stream.advance([{ pos: 1, text: JSON.stringify({ type: "message_new", pos: 1 }) }]);
      await expect.poll(told).toEqual([["skip", 1, 1]]);
    });
  });

  it("counts what it sent, live and replayed", async () => {
    log.commit(4);
    const { stream, session } = await open("2");
    deliver(stream, 5);
    const bytes = Buffer.byteLength(frameAt(1).text);
    const counted = session.end();
    expect(counted.frames).toBe(1 + 2 + 1);
    expect(counted.bytes).toBeGreaterThan(3 * bytes);
    expect(stream.attached).toBe(0);
  });
});

describe("positionOf", () => {
  it.each([
    [0, 0],
    [12, 12],
    ["12", 12],
    ["012", 12],
    [-1, null],
    [1.5, null],
    ["1e3", null],
    ["", null],
    [null, null],
    [Number.NaN, null],
    [2 ** 53, null],
    ["99999999999999999", null],
    [{}, null],
  ])("%o is %o", (value, expected) => {
    expect(positionOf(value)).toBe(expected);
  });
});
