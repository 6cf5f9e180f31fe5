import type { AttemptResult } from "../src/commands/record-attempts.js";
import { pause } from "../src/runtime/deadline.js";
import type { Logger } from "../src/runtime/logger.js";

const batchMax = 200;
const againMs = 1000;
/** Results that wait for the database at most; beyond that the oldest are dropped: their attempts are made again. */
const waitingMax = 10_000;

/**
 * Has results recorded together: while one batch is at the database the next gathers, and nobody waits for a timer. What
 * cannot be recorded is tried again until it can; what is lost with the process is sent once more, with the same id.
 */
export class ResultKeeper {
  readonly #record: (results: readonly AttemptResult[]) => Promise<void>;
  readonly #logger: Logger;
  readonly #stopping = new AbortController();
  #waiting: AttemptResult[] = [];
  #run: Promise<void> | null = null;

  constructor(record: (results: readonly AttemptResult[]) => Promise<void>, logger: Logger) {
    this.#record = record;
    this.#logger = logger;
  }

  keep(result: AttemptResult): void {
    this.#waiting.push(result);
    if (this.#waiting.length > waitingMax) this.#waiting.shift();
    this.#run ??= this.#flush();
  }

  /** Resolves when all is recorded, or could not be at once. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#run;
  }

  async #flush(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, batchMax);
      try {
        await this.#record(batch);
      } catch (error) {
        this.#logger.warn({ err: error, results: batch.length }, "results of deliveries could not be recorded");
        if (this.#stopping.signal.aborted) break;
        // One that the database does not take must not keep the others back.
        if (batch.length > 1 && !(await this.#oneByOne(batch))) this.#waiting.unshift(...batch);
        await pause(againMs, this.#stopping.signal);
      }
    }
    this.#run = null;
  }

  /** Tries each alone; false: none was taken, the database is away. */
  async #oneByOne(batch: readonly AttemptResult[]): Promise<boolean> {
    let taken = 0;
    for (const result of batch) {
      try {
        await this.#record([result]);
        taken++;
      } catch (error) {
        if (taken === 0) return false;
        this.#logger.warn(
          { err: error, delivery_id: result.deliveryId },
          "a result was not recorded: it is sent again",
        );
      }
    }
    return true;
  }
}
