import type { MadeFault } from "./faults.js";

/** How a fault was felt. */
export interface Recovery extends Pick<MadeFault, "kind" | "atS" | "victim"> {
  /** The longest time without an acknowledged write after it, until the next fault, ms. */
  writesMs: number;
  /** The longest time in which a watcher was sent no event, of the one that waited longest, ms. */
  eventsMs: number;
}

const felt = 20_000;

/** The longest silence in a list of times, from `from` to `to`; both bound it. */
function longestSilence(times: readonly number[], from: number, to: number): number {
  let longest = 0;
  let last = from;
  for (const time of times) {
    if (time <= from) continue;
    if (time >= to) break;
    longest = Math.max(longest, time - last);
    last = time;
  }
  return Math.round(Math.max(longest, to - last));
}

/** What each fault cost, from the times at which writes were acknowledged and events came. All lists in order. */
export function recoveries(
  faults: readonly MadeFault[],
  times: { writes: readonly number[]; events: readonly (readonly number[])[] },
  loadEndedAt: number,
): Recovery[] {
  return faults.map(({ kind, atS, at, victim }, index) => {
    const to = Math.min(faults[index + 1]?.at ?? Number.POSITIVE_INFINITY, at + felt, loadEndedAt);
    const silence = (of: readonly number[]) => longestSilence(of, at, to);
    const eventsMs = Math.max(0, ...times.events.map(silence));
    return { kind, atS, victim, writesMs: silence(times.writes), eventsMs };
  });
}

/** The worst of each kind. */
export function worstByKind(
  all: readonly Recovery[],
): Map<string, { times: number; writesMs: number; eventsMs: number }> {
  const worst = new Map<string, { times: number; writesMs: number; eventsMs: number }>();
  for (const { kind, writesMs, eventsMs } of all) {
    const so = worst.get(kind) ?? { times: 0, writesMs: 0, eventsMs: 0 };
    worst.set(kind, {
      times: so.times + 1,
      writesMs: Math.max(so.writesMs, writesMs),
      eventsMs: Math.max(so.eventsMs, eventsMs),
    });
  }
  return worst;
}
