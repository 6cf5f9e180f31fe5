import { type QueueStatsView, type StatLevel, statLevels } from "../../contract/http/stats.js";
import type { QueueMinute, QueueStats } from "../../db/queries/read-queue-stats.js";

/** The queues' figures as CONTRACT.md 1 shows them: every queue, in order of the names, empty ones too. */
export function presentQueueStats({ agents, depths, minutes }: QueueStats): QueueStatsView[] {
  return agents.map(({ queue, serving, online, onlineWithRoom }) => {
    const own = depths.filter((depth) => depth.queue === queue);
    const history = minutes.filter((minute) => minute.queue === queue);
    return {
      queue,
      waiting: own.reduce((sum, depth) => sum + depth.waiting, 0),
      oldest_wait_s: own.length === 0 ? null : Math.max(...own.map((depth) => depth.oldestS)),
      by_level: Object.fromEntries(
        statLevels.map((level) => {
          const depth = own.find((one) => one.level === level);
          return [level, { waiting: depth?.waiting ?? 0, oldest_wait_s: depth?.oldestS ?? null }];
        }),
      ) as Record<StatLevel, { waiting: number; oldest_wait_s: number | null }>,
      agents: { serving, online, online_with_room: onlineWithRoom },
      rates: {
        last_minute: ratesOf(history, 1),
        last_10_minutes: ratesOf(history, 10),
        last_hour: ratesOf(history, 60),
      },
      history: history.map(({ minute, waiting, oldestS, received, assigned, closed }) => ({
        minute: minute.toISOString(),
        waiting,
        oldest_wait_s: oldestS,
        received,
        assigned,
        closed,
      })),
    };
  });
}

function ratesOf(history: readonly QueueMinute[], minutes: number) {
  const rates = { received: 0, assigned: 0, closed: 0 };
  for (const minute of history) {
    if (minute.age >= minutes) continue;
    rates.received += minute.received;
    rates.assigned += minute.assigned;
    rates.closed += minute.closed;
  }
  return rates;
}
