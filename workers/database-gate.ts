import type { Database } from "../src/db/database.js";
import { isUnavailable, sqlState } from "../src/db/transaction.js";
import { pause, withDeadline } from "../src/runtime/deadline.js";

/** Unavailable by the driver's word, but a matter of this statement: cancelled by its timeout, a lock not had in time. */
const ownFault = new Set(["57014", "55P03", "25P03"]);

/** Whether the database itself is away, so that every job would fail: such a try is not the job's fault. */
export function isDatabaseAway(error: unknown): boolean {
  return isUnavailable(error) && !ownFault.has(sqlState(error) ?? "");
}

const firstPauseMs = 100;
const longestPauseMs = 1000;
const answerMs = 2000;

/**
 * Where jobs wait while the database is away: one look for all of them, until it answers. They keep their places in
 * the worker meanwhile, so it takes no further jobs, and no job loses a try.
 */
export class DatabaseGate {
  readonly #db: Database;
  #waiting: Promise<void> | null = null;

  constructor(db: Database) {
    this.#db = db;
  }

  /** Resolves once the database answers, or the signal aborts. Pauses at least a tenth of a second. */
  wait(signal: AbortSignal): Promise<void> {
    this.#waiting ??= this.#look(signal).finally(() => {
      this.#waiting = null;
    });
    return this.#waiting;
  }

  async #look(signal: AbortSignal): Promise<void> {
    for (let pauseMs = firstPauseMs; !signal.aborted; pauseMs = Math.min(longestPauseMs, pauseMs * 2)) {
      await pause(pauseMs, signal);
      try {
        await withDeadline(this.#db.pool.query("SELECT 1"), answerMs, "the database");
        return;
      } catch {
        // Still away.
      }
    }
  }
}
