import { pause } from "../../../src/runtime/deadline.js";
import { memoryOf } from "./memory-of.js";
import type { Sockets } from "./sockets.js";
import type { Source } from "./source.js";

const warmUpSockets = 500;
const settleMs = 2000;

/** kB of the server's memory for each of so many sockets that are open and hear nothing; null where nobody can look. */
export async function measureIdle(source: Source, sockets: Sockets, count: number): Promise<number | null> {
  // What the process keeps once and for all is not the sockets'.
  await sockets.open({ ...source.door, count: warmUpSockets, stalled: 0, again: false });
  await sockets.closeAll();
  await pause(settleMs);
  const before = memoryOf(source.pid);
  await sockets.open({ ...source.door, count, stalled: 0, again: false });
  await pause(settleMs);
  const after = memoryOf(source.pid);
  await sockets.closeAll();
  return before === null || after === null ? null : (after - before) / count;
}

const frameBytes = 16_000;
const framesPerSecond = 40;

const roundMs = 250;
/** Until what the process fills once (the stream's latest frames, the heap) is filled. */
const warmUpRounds = 40;

/**
 * By how many kB the server grew, and how much was said, while a socket that never reads was sent all that a good one got:
 * it is cut when it is too far behind, and comes back each time. Memory goes up and down by garbage: the lowest of the last
 * third is held against the lowest of the first.
 */
export async function measureStalled(
  source: Source,
  sockets: Sockets,
  seconds: number,
): Promise<{ grewKb: number | null; saidKb: number }> {
  await sockets.open({ ...source.door, count: 2, stalled: 1, again: true });
  const samples: number[] = [];
  const frames = (framesPerSecond * roundMs) / 1000;
  const rounds = (seconds * 1000) / roundMs;
  try {
    for (let round = -warmUpRounds; round < rounds; round++) {
      const counted = sockets.count(frames);
      await source.publish(frames, frameBytes);
      await Promise.all([counted, pause(roundMs)]);
      const now = memoryOf(source.pid);
      if (round >= 0 && now !== null) samples.push(now);
    }
  } finally {
    await sockets.closeAll();
  }
  const third = Math.ceil(samples.length / 3);
  const lowest = (of: readonly number[]) => Math.min(...of);
  const grewKb = samples.length === 0 ? null : lowest(samples.slice(-third)) - lowest(samples.slice(0, third));
  return { grewKb, saidKb: (rounds * frames * frameBytes) / 1024 };
}
