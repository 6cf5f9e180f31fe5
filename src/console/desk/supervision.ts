import type { QueueStatsView } from "../../contract/http/stats.js";

/** One minute of all queues that are looked at. */
export interface Minute {
  /** ms since 1970. */
  at: number;
  waiting: number;
  oldestS: number;
  received: number;
  assigned: number;
  closed: number;
}

export const statLevels = ["critical", "high", "normal", "low", "unscored"] as const;

/** The minutes of several queues added up; the longest wait is the longest of them. */
export function minutesOf(queues: readonly QueueStatsView[]): Minute[] {
  const minutes = new Map<number, Minute>();
  for (const { history } of queues) {
    for (const { minute, waiting, oldest_wait_s, received, assigned, closed } of history) {
      const at = Date.parse(minute);
      const sum = minutes.get(at) ?? { at, waiting: 0, oldestS: 0, received: 0, assigned: 0, closed: 0 };
      minutes.set(at, {
        at,
        waiting: sum.waiting + waiting,
        oldestS: Math.max(sum.oldestS, oldest_wait_s),
        received: sum.received + received,
        assigned: sum.assigned + assigned,
        closed: sum.closed + closed,
      });
    }
  }
  return [...minutes.values()].sort((a, b) => a.at - b.at);
}

/** How many wait in all, and since when the one that waits longest (s). */
export function totalsOf(queues: readonly QueueStatsView[]) {
  const byLevel = statLevels.map((level) => ({
    level,
    waiting: queues.reduce((sum, queue) => sum + queue.by_level[level].waiting, 0),
    oldestS: Math.max(0, ...queues.map((queue) => queue.by_level[level].oldest_wait_s ?? 0)),
  }));
  const rates = { received: 0, assigned: 0, closed: 0 };
  for (const { rates: own } of queues) {
    rates.received += own.last_hour.received;
    rates.assigned += own.last_hour.assigned;
    rates.closed += own.last_hour.closed;
  }
  return {
    waiting: queues.reduce((sum, queue) => sum + queue.waiting, 0),
    oldestS: Math.max(0, ...queues.map((queue) => queue.oldest_wait_s ?? 0)),
    byLevel,
    rates,
  };
}

/** Why what waits in a queue waits; null: nothing does. */
export type WaitReason = "nobody" | "offline" | "full" | "room";

export function whyWaits({ waiting, agents }: QueueStatsView): WaitReason | null {
  if (waiting === 0) return null;
  if (agents.serving === 0) return "nobody";
  if (agents.online === 0) return "offline";
  return agents.online_with_room === 0 ? "full" : "room";
}
