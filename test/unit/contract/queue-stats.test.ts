import { expect, test } from "vitest";
import { queueStatsFrames } from "../../../src/contract/queue-stats.js";

const minute = new Date("2026-11-21T09:00:00Z");
const row = (queue: string, level: string, depth: number, oldestS: number) => ({
  queue,
  level,
  depth,
  oldestS,
  received: 2,
  assigned: 1,
  closed: 1,
});

test("the levels of a queue are one sum, with the longest wait of them all", () => {
  expect(
    queueStatsFrames(minute, [row("loans", "high", 3, 40), row("general", "low", 1, 5), row("loans", "low", 4, 7)]),
  ).toEqual([
    {
      stream: "agents",
      frame: {
        type: "queue_stats",
        minute: "2026-11-21T09:00:00.000Z",
        queues: [
          { queue: "loans", waiting: 7, oldest_wait_s: 40, received: 4, assigned: 2, closed: 2 },
          { queue: "general", waiting: 1, oldest_wait_s: 5, received: 2, assigned: 1, closed: 1 },
        ],
      },
    },
  ]);
});

test("many queues with long names are several frames, each within the bus's limit", () => {
  const rows = Array.from({ length: 60 }, (_, n) => row(`${n}-${"ü".repeat(47)}`, "low", 1_000_000, 9_999_999));
  const frames = queueStatsFrames(minute, rows);
  expect(frames).toHaveLength(3);
  for (const frame of frames) expect(Buffer.byteLength(JSON.stringify(frame))).toBeLessThan(7000);
  expect(queueStatsFrames(minute, [])).toEqual([]);
});
