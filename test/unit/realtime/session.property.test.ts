import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PageReader } from "../../../src/realtime/page-reader.js";
import { Session } from "../../../src/realtime/session.js";
import { Streams } from "../../../src/realtime/streams.js";
import { sightView } from "../../../src/realtime/view.js";
import { FakeLog, queueAt } from "./fake-log.js";
import { FakeSocket, FakeTopics, type TestFrame } from "./fake-socket.js";

type Step =
  | { do: "commit"; count: number }
  | { do: "deliver"; count: number }
  | { do: "release"; which: number }
  | { do: "fail"; which: number }
  | { do: "connect"; since: number | null; slow: boolean; queue: number | null; batch: boolean }
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
      queue: fc.option(fc.nat(2), { nil: null }),
      batch: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("resume" as const), client: small, since: fc.nat(40) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("drain" as const), client: small }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("turn" as const) }) },
);

const turn = () => new Promise((resolve) => setImmediate(resolve));
const limits = { pauseAboveBytes: 300, drainTimeoutMs: 60_000, logTimeoutMs: 60_000, skipAfterMs: 1 };

interface Client {
  socket: FakeSocket;
  session: Session;
  /** Where each start of it stood in its frames, and after which position that start has to go on. */
  starts: { at: number; since: number }[];
  /** The one queue that it sees; null: all. */
  queue: string | null;
}

/** The positions that a frame tells of. */
function positionsOf(frame: TestFrame): number[] {
  if (frame.type !== "skip") return frame.pos === undefined ? [] : [frame.pos];
  const [from, to] = [Number(frame.from), Number(frame.to)];
  return Array.from({ length: to - from + 1 }, (_, n) => from + n);
}

/** Up to where it was told. */
function toldTo({ socket, starts }: Client): number {
  const last = starts.at(-1);
  return socket.frames.slice(last?.at).flatMap(positionsOf).at(-1) ?? last?.since ?? 0;
}

/** A relay's streams over a log and a bus that the test moves by hand. */
class World {
  readonly log = new FakeLog({ held: true });
  readonly topics = new FakeTopics();
  readonly pages = new PageReader(this.log, { pageSize: 4, concurrency: 2, keptPages: 3 });
  readonly streams = new Streams(this.pages, this.topics.publish, () => undefined, true);
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
        payload: { message_id: pos, queue: queueAt(pos) },
        request_id: null,
        stage: null,
        subject_id: null,
        created_at: "2026-01-01T00:00:00.000Z",
      })),
    );
  }

  async connect(since: number | null, slow: boolean, queue: string | null, batch: boolean): Promise<void> {
    const { stream, head } = await this.streams.open("agents");
    const socket = new FakeSocket();
    socket.slow = slow;
    this.topics.sockets.add(socket);
    const sight = queue === null ? null : { kind: "queues" as const, agentId: 1, queues: [queue] };
    const session = new Session(socket, stream, head, this.pages, limits, { view: sight && sightView(sight), batch });
    session.begin(1000, since === null ? null : String(since), null);
    const hello = socket.frames[0];
    this.clients.push({ socket, session, starts: [{ at: 1, since: since ?? Number(hello?.pos) }], queue });
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
        const queue = move.queue === null ? null : `q${move.queue}`;
        this.opening.push(this.connect(since, move.slow, queue, move.batch).catch(() => undefined));
        return undefined;
      }
      case "resume": {
        if (!client) return undefined;
        const since = Math.min(move.since, this.log.frames.length);
        client.starts.push({ at: client.socket.frames.length, since });
        client.session.resume(since, client.socket.frames[0]?.epoch);
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

  /** Whether all were told up to there; what still holds one up ends. */
  areTold(head: number): boolean {
    for (const read of this.log.pending.splice(0)) read.release();
    for (const { socket, session } of this.clients) {
      socket.drain();
      session.drained();
    }
    return this.clients.every((client) => toldTo(client) === head);
  }

  /** Everything that is under way ends: reads, readers, the bus. */
  async settle(): Promise<void> {
    this.deliver(Number.MAX_SAFE_INTEGER);
    const head = this.log.frames.length;
    const isDone = () =>
      this.clients.every((client) =>
        client.queue === null ? client.socket.topics.size === 1 : toldTo(client) === head,
      );
    for (let round = 0; round < 2000; round++) {
      await turn();
      for (const read of this.log.pending.splice(0)) read.release();
      for (const client of this.clients) {
        client.socket.drain();
        client.session.drained();
      }
      if (this.log.pending.length === 0 && isDone() && round > 3) break;
      // A read that failed is tried again after a wait, and a skip is told after one.
      if (round > 5) await new Promise((resolve) => setTimeout(resolve, 2));
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
          await expect.poll(() => world.areTold(head), { interval: 1, timeout: 20_000 }).toBe(true);
          for (const { socket, starts, queue } of world.clients) {
            expect(socket.closed).toBeNull();
            expect(socket.frames.filter((frame) => frame.type === "resync_required")).toEqual([]);
            starts.forEach(({ at, since }, index) => {
              const next = starts[index + 1];
              const frames = socket.frames.slice(at, next?.at);
              const part = frames.flatMap(positionsOf);
              const whole = Array.from({ length: head - since }, (_, n) => since + 1 + n);
              expect(part).toEqual(next ? whole.slice(0, part.length) : whole);
              const hidden = frames.filter((frame) => frame.type === "skip").flatMap(positionsOf);
              expect(hidden).toEqual(part.filter((pos) => queue !== null && queueAt(pos) !== queue));
            });
          }
        },
      ),
      { numRuns: 300 },
    );
  }, 60_000);
});
