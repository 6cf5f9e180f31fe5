import { pause } from "../../../src/runtime/deadline.js";
import type { Measure } from "./measure.js";

const lookEveryMs = 120;
const same = 4;

/** What `look` gives once it has given the same several times: the stages and the sequencer are done with it. */
export async function settled(look: () => Promise<Measure>, withinMs = 20_000): Promise<Measure> {
  const end = Date.now() + withinMs;
  let last = await look();
  for (let times = 1; times < same && Date.now() < end; ) {
    await pause(lookEveryMs);
    const now = await look();
    times = JSON.stringify(now) === JSON.stringify(last) ? times + 1 : 1;
    last = now;
  }
  return last;
}

/** Looks at both until they are the same; what they are at last. One of them may just not be done yet. */
export async function untilSame(
  one: () => Promise<Measure>,
  other: () => Promise<Measure>,
  withinMs = 15_000,
): Promise<[Measure, Measure]> {
  const end = Date.now() + withinMs;
  for (;;) {
    const both: [Measure, Measure] = [await settled(one), await settled(other)];
    if (JSON.stringify(both[0]) === JSON.stringify(both[1]) || Date.now() > end) return both;
    await pause(lookEveryMs);
  }
}
