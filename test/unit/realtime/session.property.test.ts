import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PageReader } from "../../../src/realtime/page-reader.js";
import { Session } from "../../../src/realtime/session.js";
import { Streams } from "../../../src/realtime/streams.js";
import { FakeLog } from "./fake-log.js";
import { FakeSocket, FakeTopics } from "./fake-socket.js";

type Step =
  | { do: "commit"; count: number }
  | { do: "deliver"; count: number }
  | { do: "release"; which: number }
  | { do: "fail"; which: number }
  | { do: "connect"; since: number | null; slow: boolean }
  | { do: "resume"; client: number; since: number }
  | { do: "drain"; client: number }
  | { do: "turn" };

const small = fc.nat(12);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant("commit" as const), count: fc.integer({ min: 1, max: 6 }) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("deliver" as const), count: fc.integer({ min: 1, max: 6 }) }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant("release" as const), which: small }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("fail" as const), which: small }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("connect" as const),
      since: fc.option(fc.nat(40), { nil: null }),
      slow: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("resume" as const), client: small, since: fc.nat(40) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("drain" as const), client: small }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("turn" as const) }) },
);

const turn = () => new Promise((resolve) => setImmediate(resolve));
const limits = { pauseAboveBytes: 300, drainTimeoutMs: 60_000, logTimeoutMs: 60_000 };

interface Client {
  socket: FakeSocket;
  session: Session;
  /** Where each start of it stood in its frames, and after which position that start has to go on. */
  starts: { at: number; since: number }[];
}

/** A relay's streams over a log and a bus that the test moves by hand. */
class World {
  readonly log = new FakeLog({ held: true });
  readonly topics = new FakeTopics();
  readonly pages = new PageReader(this.log, { pageSize: 4, concurrency: 2, keptPages: 3 });
  readonly streams = new Streams(this.pages, this.topics.publish, () => undefined);
  readonly clients: Client[] = [];
  readonly opening: Promise<void>[] = [];
  #delivered = 0;

  constructor(snapshots: boolean[]) {
    let next = 0;
    this.log.snapshotAtStart = () => snapshots[next++ % snapshots.length] ?? true;
  }

  /** The bus brings the next events, none before its commit. */
  deliver(count: number): void {
    const frames = this.log.frames.slice(this.#delivered, this.#delivered + count);
    this.#delivered += frames.length;
    this.streams.onEvents(
      frames.map(({ pos }) => ({
        seq: pos,
        stream: "agents",
        pos,
        type: "message_new",
        payload: {},
        request_id: null,
        stage: null,
        subject_id: null,
        created_at: "2026-01-01T00:00:00.000Z",
      })),
    );
  }

  async connect(since: number | null, slow: boolean): Promise<void> {
    const { stream, head } = await this.streams.open("agents");
    const socket = new FakeSocket();
    socket.slow = slow;
    this.topics.sockets.add(socket);
    const session = new Session(socket, stream, head, this.pages, limits);
    session.begin(1000, since === null ? null : String(since), null);
    const hello = socket.frames[0];
    this.clients.push({ socket, session, starts: [{ at: 1, since: since ?? Number(hello?.pos) }] });
  }

  run(move: Step): Promise<unknown> | undefined {
    const client = "client" in move ? this.clients[move.client % Math.max(1, this.clients.length)] : undefined;
    switch (move.do) {
      case "commit":
        this.log.commit(move.count);
        return undefined;
      case "deliver":
        this.deliver(move.count);
        return undefined;
      case "release":
        this.log.pending.splice(move.which % Math.max(1, this.log.pending.length), 1)[0]?.release();
        return undefined;
      case "fail":
        this.log.pending.splice(move.which % Math.max(1, this.log.pending.length), 1)[0]?.fail();
        return undefined;
      case "connect": {
        const since = move.since === null ? null : Math.min(move.since, this.log.frames.length);
        this.opening.push(this.connect(since, move.slow).catch(() => undefined));
        return undefined;
      }
      case "resume": {
        if (!client) return undefined;
        const since = Math.min(move.since, this.log.frames.length);
        client.starts.push({ at: client.socket.frames.length, since });
        client.session.resume(since, this.log.epoch);
        return undefined;
      }
      case "drain":
        client?.socket.drain();
        client?.session.drained();
        return undefined;
      case "turn":
        return turn();
    }
  }

  /** Everything that is under way ends: reads, readers, the bus. */
  async settle(): Promise<void> {
    this.deliver(Number.MAX_SAFE_INTEGER);
    const head = this.log.frames.length;
    const isDone = () => this.clients.every(({ socket }) => socket.topics.has("agents"));
    for (let round = 0; round < 2000; round++) {
      await turn();
      for (const read of this.log.pending.splice(0)) read.release();
      for (const client of this.clients) {
        client.socket.drain();
        client.session.drained();
      }
      if (this.log.pending.length === 0 && isDone() && round > 3) break;
      // A read that failed is tried again after a wait.
      if (round > 20) await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await Promise.all(this.opening);
    expect(isDone(), `all clients are live at ${head}`).toBe(true);
  }
}

describe("a session joins without hole and without double", () => {
  it("for every interleaving of commits, bus, reads, readers and resumes", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 10, maxLength: 60 }),
        fc.array(fc.boolean(), { minLength: 5, maxLength: 20 }),
        async (steps, snapshots) => {
          const world = new World(snapshots);
          for (const move of steps) await world.run(move);
          await world.settle();
          world.log.commit(2);
          world.deliver(2);
          const head = world.log.frames.length;
          for (const { socket, starts } of world.clients) {
            expect(socket.closed).toBeNull();
            expect(socket.frames.filter((frame) => frame.type === "resync_required")).toEqual([]);
            starts.forEach(({ at, since }, index) => {
              const next = starts[index + 1];
              const part = socket.frames.slice(at, next?.at).map((frame) => frame.pos);
              const whole = Array.from({ length: head - since }, (_, n) => since + 1 + n);
              expect(part).toEqual(next ? whole.slice(0, part.length) : whole);
            });
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});
