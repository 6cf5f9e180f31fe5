import { pause } from "../../../src/runtime/deadline.js";
import { Failure } from "../../failure.js";
import type { Sockets } from "./sockets.js";
import type { Source } from "./source.js";

const textBytes = 200;
const warmUpFrames = 20;

/** How late frames are that are said at an even pace, with some sockets that never read. */
export async function measurePaced(
  source: Source,
  sockets: Sockets,
  { count, stalled, perSecond, seconds }: { count: number; stalled: number; perSecond: number; seconds: number },
): Promise<{ p50Ms: number; p99Ms: number }> {
  await sockets.open({ ...source.door, count, stalled, again: false });
  try {
    await say(source, sockets, { perSecond, frames: warmUpFrames });
    await sockets.clock();
    const said = await say(source, sockets, { perSecond, frames: perSecond * seconds });
    const times = await sockets.times(said);
    const expected = said.length * (count - stalled);
    if (times.deliveries !== expected) throw new Failure(`${times.deliveries} of ${expected} frames arrived`);
    return times;
  } finally {
    await sockets.closeAll();
  }
}

async function say(
  source: Source,
  sockets: Sockets,
  { perSecond, frames }: { perSecond: number; frames: number },
): Promise<[number, number][]> {
  const counted = sockets.count(frames);
  const began = performance.now();
  const said: [number, number][] = [];
  for (let n = 0; n < frames; n++) {
    await pause(Math.max(0, began + (n * 1000) / perSecond - performance.now()));
    said.push(...(await source.publish(1, textBytes)));
  }
  await counted;
  return said;
}
