import { readDepths } from "../db/queries/read-depths.js";
import {
  lockDueMarks,
  type QueueMinuteRow,
  readNextMarks,
  readRates,
  storeQueueMinute,
} from "../db/queries/store-queue-minute.js";
import { inTransaction } from "../db/transaction.js";
import type { CommandContext } from "./context.js";

/** How long the history of the queues is kept, days. */
export const queueHistoryDays = 7;

/**
 * Writes the minute that ended last into the history of the queues: what waits now, by queue and level, and what came in,
 * was given out and was closed since the minute before. Asked any number of times, by any number of processes, a minute
 * is written once. After a pause of the desk, what happened in it counts to the first minute that is written again; the
 * very first minute has no rates. Returns the minute and what it was, or null when none was due.
 */
export async function recordQueueMinute(
  ctx: Pick<CommandContext, "db">,
): Promise<{ minute: Date; rows: QueueMinuteRow[] } | null> {
  return inTransaction(ctx.db, async (tx) => {
    const marks = await lockDueMarks(tx);
    if (!marks) return null;
    const next = await readNextMarks(tx, marks);
    const rates = marks.minute === null ? [] : await readRates(tx, marks, next);
    const rows = new Map<string, QueueMinuteRow>();
    for (const rate of rates) rows.set(`${rate.queue} ${rate.level}`, { ...rate, depth: 0, oldestS: 0 });
    for (const { queue, level, waiting, oldestS } of await readDepths(tx)) {
      const rate = rows.get(`${queue} ${level}`) ?? { queue, level, received: 0, assigned: 0, closed: 0 };
      rows.set(`${queue} ${level}`, { ...rate, depth: waiting, oldestS });
    }
    await storeQueueMinute(tx, marks.due, [...rows.values()], next, queueHistoryDays);
    return { minute: marks.due, rows: [...rows.values()] };
  });
}
