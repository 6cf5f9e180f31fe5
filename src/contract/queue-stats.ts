import { agentsStream } from "./events.js";

/** A queue as its last minute left it. */
export interface QueueMinute {
  queue: string;
  level: string;
  depth: number;
  oldestS: number;
  received: number;
  assigned: number;
  closed: number;
}

/** Queues of one frame: what fits the bus's limit, whatever their names. */
const queuesPerFrame = 25;

/**
 * The frames `queue_stats` of CONTRACT.md 5, once a minute: how many wait in each queue and since when the longest, and
 * what came in, was given out and was closed in that minute. Shown and forgotten, they have no position.
 */
export function queueStatsFrames(
  minute: Date,
  rows: readonly QueueMinute[],
): { stream: string; frame: Record<string, unknown> }[] {
  const queues = new Map<string, Record<string, number | string>>();
  for (const { queue, depth, oldestS, received, assigned, closed } of rows) {
    const sum = queues.get(queue);
    const add = (name: string, value: number) => Number(sum?.[name] ?? 0) + value;
    queues.set(queue, {
      queue,
      waiting: add("waiting", depth),
      oldest_wait_s: Math.max(Number(sum?.oldest_wait_s ?? 0), oldestS),
      received: add("received", received),
      assigned: add("assigned", assigned),
      closed: add("closed", closed),
    });
  }
  const all = [...queues.values()];
  const frames = [];
  for (let from = 0; from < all.length; from += queuesPerFrame) {
    const part = all.slice(from, from + queuesPerFrame);
    frames.push({
      stream: agentsStream,
      frame: { type: "queue_stats", minute: minute.toISOString(), queues: part },
    });
  }
  return frames;
}
