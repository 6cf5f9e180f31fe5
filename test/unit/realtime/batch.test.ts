import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { batchesOf } from "../../../src/realtime/batch.js";

describe("batches", () => {
  it("hold what follows each other; one alone goes as it is", () => {
    expect(batchesOf([])).toEqual([]);
    expect(batchesOf(['{"type":"a"}'])).toEqual(['{"type":"a"}']);
    expect(batchesOf(['{"type":"a"}', '{"type":"b"}'])).toEqual([
      '{"type":"batch","frames":[{"type":"a"},{"type":"b"}]}',
    ]);
  });

  it("keep every frame, in order, and are no larger than 64 Ki characters, but for one that is larger by itself", () => {
    const lengths = fc.array(fc.oneof(fc.nat(200), fc.integer({ min: 30_000, max: 90_000 })), { maxLength: 30 });
    fc.assert(
      fc.property(lengths, (of) => {
        const frames = of.map((length, n) => ({ type: "t", n, text: "x".repeat(length) }));
        const batches = batchesOf(frames.map((frame) => JSON.stringify(frame)));
        const unpacked = batches.flatMap((text) => {
          const frame = JSON.parse(text) as { type: string; frames?: unknown[] };
          if (frame.type !== "batch") return [frame];
          expect(frame.frames?.length).toBeGreaterThan(1);
          expect(text.length).toBeLessThan(64 * 1024 + 100);
          return frame.frames ?? [];
        });
        expect(unpacked).toEqual(frames);
      }),
    );
  });
});
