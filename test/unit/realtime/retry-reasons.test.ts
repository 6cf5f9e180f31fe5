import { expect, it } from "vitest";
import { retryReasons } from "../../../src/realtime/retry-reasons.js";

const delays = (count: number) => retryReasons(count).map((reason) => Number(/^retry_ms=(\d+)$/.exec(reason)?.[1]));

it.each([1, 10, 700, 5000, 100_000])(
  "brings %i clients back evenly, five hundred a second at most up to 30 s",
  (count) => {
    const spreadMs = Math.min(30_000, Math.max(500, count * 2));
    const all = delays(count).sort((a, b) => a - b);
    expect(all).toHaveLength(count);
    const slice = spreadMs / count;
    const strays = all.filter((delay, index) => delay < Math.floor(index * slice) || delay > (index + 1) * slice);
    expect(strays).toEqual([]);
  },
);

it("brings nobody back first by its place", () => {
  const first = Array.from({ length: 50 }, () => delays(100)[0] ?? 0);
  expect(Math.max(...first) - Math.min(...first)).toBeGreaterThan(100);
});
