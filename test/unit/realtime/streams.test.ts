import { describe, expect, it } from "vitest";
import { Stream } from "../../../src/realtime/streams.js";
import { frameAt } from "./fake-log.js";

const frames = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => frameAt(from + n));
const kept = (stream: Stream, after: number) => stream.ring.after(after, 100)?.map(({ pos }) => pos) ?? null;

function standingAt(pos: number): { stream: Stream; published: string[] } {
  const published: string[] = [];
  const stream = new Stream("agents", (topic, text) => void published.push(`${topic}: ${text}`));
  stream.settle(pos);
  return { stream, published };
}

describe("a stream keeps what was read of the log up to where it stands", () => {
  it("and goes on from there", () => {
    const { stream, published } = standingAt(4);
    stream.recall(frames(2, 4), stream.forgotten);
    stream.advance(frames(4, 6));
    expect(kept(stream, 1)).toEqual([2, 3, 4, 5, 6]);
    expect(published).toEqual([]);
  });

  it("but not what ends before or after, nor where something is kept", () => {
    const { stream } = standingAt(4);
    for (const read of [frames(1, 3), frames(1, 5), []]) stream.recall(read, stream.forgotten);
    expect(kept(stream, 0)).toBeNull();
    stream.advance(frames(5, 5));
    stream.recall(frames(1, 5), stream.forgotten);
    expect(kept(stream, 0)).toBeNull();
    expect(kept(stream, 4)).toEqual([5]);
  });

  it("nor what was read before it was told to forget: the log has other words for it now", () => {
    const { stream } = standingAt(4);
    const began = stream.forgotten;
    stream.forget();
    stream.recall(frames(1, 4), began);
    expect(kept(stream, 0)).toBeNull();
    stream.recall(frames(1, 4), stream.forgotten);
    expect(kept(stream, 0)).toEqual([1, 2, 3, 4]);
  });
});

describe("a stream's listeners", () => {
  const listener = () => {
    const fell: number[] = [];
    return { fell, fellBehind: (pos: number) => void fell.push(pos) };
  };

  it("get each frame by itself or all of a run together; who lacks a hole is sent to the log", () => {
    const { stream, published } = standingAt(1);
    const [single, batched] = [listener(), listener()];
    stream.single.listeners.add(single);
    stream.batched.listeners.add(batched);
    stream.advance(frames(1, 3));
    const texts = frames(2, 3).map(({ text }) => text);
    expect(published.splice(0)).toEqual([
      ...texts.map((text) => `agents: ${text}`),
      `agents batch: {"type":"batch","frames":[${texts.join(",")}]}`,
    ]);
    stream.advance([...frames(4, 4), ...frames(7, 8)]);
    expect([single.fell, batched.fell]).toEqual([[4], [4]]);
    expect(published).toHaveLength(2);
    expect(stream.pos).toBe(8);
  });
});
