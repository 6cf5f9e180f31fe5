import { median } from "../load.js";
import type { Sockets } from "./sockets.js";
import type { Source } from "./source.js";

const textBytes = 60;

/** Deliveries a second when everything is said at once: the middle one of `rounds`, after one that does not count. */
export async function measureBurst(
  source: Source,
  sockets: Sockets,
  { count, frames, rounds }: { count: number; frames: number; rounds: number },
): Promise<number> {
  await sockets.open({ ...source.door, count, stalled: 0, again: false });
  try {
    const rates: number[] = [];
    for (let round = 0; round <= rounds; round++) {
      const counted = sockets.count(frames);
      const [first] = await source.publish(frames, textBytes);
      await counted;
      const tookMs = performance.timeOrigin + performance.now() - (first?.[1] ?? 0);
      if (round > 0) rates.push((count * frames * 1000) / tookMs);
    }
    return median(rates);
  } finally {
    await sockets.closeAll();
  }
}
