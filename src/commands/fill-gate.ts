import { Refusal } from "../domain/errors.js";
import type { Settings } from "../runtime/settings.js";

export interface FillGateOptions {
  /** Fills that run at once. */
  concurrency: number;
  /** Fills that may wait; one more is refused. */
  queueMax: number;
  /** How long a fill may wait before it is refused, ms. */
  waitMs: number;
}

/** The gate of a process, by its settings. */
export function openFillGate(
  settings: Pick<Settings, "FILL_CONCURRENCY" | "FILL_QUEUE_MAX" | "FILL_WAIT_MS">,
): FillGate {
  return new FillGate({
    concurrency: settings.FILL_CONCURRENCY,
    queueMax: settings.FILL_QUEUE_MAX,
    waitMs: settings.FILL_WAIT_MS,
  });
}

/**
 * Lets few fills run at once in a process, in the order in which they came: 32 that fight over the head of the index
 * get half of what 8 get (measured, FINDINGS.md).
 */
export class FillGate {
  readonly #options: FillGateOptions;
  readonly #queue: (() => void)[] = [];
  #running = 0;

  constructor(options: FillGateOptions) {
    this.#options = options;
  }

  /** Fills under way. */
  get running(): number {
    return this.#running;
  }

  /** Fills that wait. */
  get waiting(): number {
    return this.#queue.length;
  }

  /** Runs `work` when its turn comes. Throws `overloaded` when too many wait, or it waited too long. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running < this.#options.concurrency) this.#running++;
    else await this.#turn();
    try {
      return await work();
    } finally {
      const next = this.#queue.shift();
      if (next) next();
      else this.#running--;
    }
  }

  /** Resolves with the place of one that has ended. */
  #turn(): Promise<void> {
    const refusal = () => new Refusal("overloaded", "Too many agents ask for tickets at once, try again.");
    if (this.#queue.length >= this.#options.queueMax) return Promise.reject(refusal());
    return new Promise((resolve, reject) => {
      const enter = () => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        this.#queue.splice(this.#queue.indexOf(enter), 1);
        reject(refusal());
      }, this.#options.waitMs);
      this.#queue.push(enter);
    });
  }
}
