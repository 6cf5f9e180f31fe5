import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ServerFrame, StreamLog, type Taken } from "../../../src/console/live/stream-log.js";

const at = (pos: number): ServerFrame => ({ type: "message_new", stream: "agents", pos });
const hello = (pos: number, epoch = "e"): ServerFrame => ({ type: "hello", epoch, stream: "agents", pos });
const delivered = (taken: Taken) => taken.deliver.map((frame) => frame.pos ?? frame.type);

describe("stream log", () => {
  it("starts at the first hello's head and goes on by one", () => {
    const log = new StreamLog();
    expect(log.take(hello(4))).toEqual({ deliver: [], ask: null, resync: null });
    expect(delivered(log.take(at(5)))).toEqual([5]);
    expect([log.pos, log.epoch]).toEqual([5, "e"]);
  });

  it("keeps its place over a new connection's hello", () => {
    const log = new StreamLog();
    log.reset(7, "e");
    log.take(hello(20));
    expect(delivered(log.take(at(8)))).toEqual([8]);
  });

  it("drops doubles", () => {
    const log = new StreamLog();
    log.take(hello(4));
    log.take(at(5));
    expect(log.take(at(5))).toEqual({ deliver: [], ask: null, resync: null });
    expect(log.take(at(3)).deliver).toEqual([]);
  });

  it("asks once for a hole, drops what is beyond, and takes the replay", () => {
    const log = new StreamLog();
    log.take(hello(4));
    expect(log.take(at(7))).toEqual({ deliver: [], ask: { type: "resume", since: 4, epoch: "e" }, resync: null });
    expect(log.take(at(8))).toEqual({ deliver: [], ask: null, resync: null });
    expect([5, 6, 7, 8].flatMap((pos) => delivered(log.take(at(pos))))).toEqual([5, 6, 7, 8]);
    expect(log.take(at(11)).ask).toEqual({ type: "resume", since: 8, epoch: "e" });
    log.take(hello(11));
    expect(log.take(at(11)).ask).toEqual({ type: "resume", since: 8, epoch: "e" });
  });

  it("takes batches, skips, and frames without a position", () => {
    const log = new StreamLog();
    log.take(hello(0));
    expect(delivered(log.take({ type: "batch", frames: [at(1), at(2), { type: "typing" }] }))).toEqual([
      1,
      2,
      "typing",
    ]);
    expect(log.take({ type: "skip", from: 3, to: 6 })).toEqual({ deliver: [], ask: null, resync: null });
    expect(delivered(log.take(at(7)))).toEqual([7]);
    expect(log.take({ type: "skip", from: 10, to: 12 }).ask).toMatchObject({ since: 7 });
    expect(delivered(log.take({ type: "error", status: "invalid_json" }))).toEqual(["error"]);
    expect(delivered(log.take({ type: "pong" }))).toEqual([]);
  });

  it("takes a skip that overlaps what it has, in a batch too, and drops one that it has", () => {
    const log = new StreamLog();
    log.take(hello(4));
    log.take({ type: "skip", stream: "agents", from: 5, to: 6 });
    expect(log.take({ type: "skip", stream: "agents", from: 5, to: 6 })).toEqual({
      deliver: [],
      ask: null,
      resync: null,
    });
    log.take({ type: "batch", frames: [{ type: "skip", from: 6, to: 8 }] });
    expect(log.pos).toBe(8);
    expect(delivered(log.take(at(9)))).toEqual([9]);
  });

  it("starts over after a resync", () => {
    const log = new StreamLog();
    log.reset(3, "old");
    const { resync } = log.take({ type: "resync_required", epoch: "new", oldest: 5, pos: 9 });
    expect(resync).toEqual({ epoch: "new", oldest: 5, pos: 9 });
    expect(delivered(log.take(at(10)))).toEqual([10]);
    log.take({ type: "resync_required", epoch: "newer", oldest: 1 });
    expect(log.pos).toBeNull();
    expect(delivered(log.take(at(40)))).toEqual([40]);
  });

  it("delivers what it may see whatever is lost or repeated on the way, if what it asks for is answered", () => {
    const runs = fc.array(
      fc.record({ from: fc.integer({ min: 1, max: 30 }), length: fc.integer({ min: 0, max: 6 }) }),
      {
        maxLength: 60,
      },
    );
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 30 })), runs, (hidden, noise) => {
        const log = new StreamLog();
        log.take(hello(0));
        const got: (number | string)[] = [];
        // A server's answer: frames in order, hidden ones that follow each other as one skip.
        const send = (from: number, to: number) => {
          for (let pos = from; pos <= to; pos++) {
            let end = pos;
            if (!hidden.includes(pos)) receive(at(pos));
            else {
              while (end < to && hidden.includes(end + 1)) end++;
              receive({ type: "skip", from: pos, to: end });
              pos = end;
            }
          }
        };
        const receive = (frame: ServerFrame) => {
          const taken = log.take(frame);
          got.push(...delivered(taken));
          if (taken.ask) send(taken.ask.since + 1, 30);
        };
        for (const { from, length } of noise) send(from, Math.min(30, from + length));
        send(30, 30);
        const seen = Array.from({ length: 30 }, (_, n) => n + 1).filter((pos) => !hidden.includes(pos));
        expect([got, log.pos]).toEqual([seen, 30]);
      }),
    );
  });

  it("delivers the stream's log whatever is lost or repeated on the way, if what it asks for is answered", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 80 }), (noise) => {
        const log = new StreamLog();
        log.take(hello(0));
        const got: (number | string)[] = [];
        const receive = (pos: number) => {
          const taken = log.take(at(pos));
          got.push(...delivered(taken));
          if (taken.ask) for (let next = taken.ask.since + 1; next <= 30; next++) receive(next);
        };
        for (const pos of [...noise, 30]) receive(pos);
        expect(got).toEqual(Array.from({ length: 30 }, (_, n) => n + 1));
      }),
    );
  });
});
