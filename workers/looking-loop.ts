import { pause } from "../src/runtime/deadline.js";
import type { Logger } from "../src/runtime/logger.js";

export interface LookingLoopOptions {
  name: string;
  /** Looks once; whether there is more to be looked at, at once. The signal says that the loop is to stop. */
  look: (stopping: AbortSignal) => Promise<boolean>;
  /** From one look to the next where nobody wakes it, ms; and after one that failed. */
  everyMs: number;
  logger: Logger;
}

/** Looks again and again, one look at a time: at once when it is woken, else every so often. A look that fails ends nothing. */
export class LookingLoop {
  readonly #options: LookingLoopOptions;
  #stopping = new AbortController();
  #woken = new AbortController();
  #run: Promise<void> | null = null;

  constructor(options: LookingLoopOptions) {
    this.#options = options;
  }

  start(): void {
    this.#stopping = new AbortController();
    this.#run = this.#looking();
  }

  /** Resolves when the look under way, if there is one, is over; there is no other. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.wake();
    await this.#run;
  }

  /** Looks at once, or once more after the look under way. */
  wake(): void {
    this.#woken.abort();
  }

  async #looking(): Promise<void> {
    const { name, look, everyMs, logger } = this.#options;
    while (!this.#stopping.signal.aborted) {
      const begunAt = performance.now();
      this.#woken = new AbortController();
      try {
        if (await look(this.#stopping.signal)) continue;
      } catch (error) {
        logger.debug({ err: error, loop: name }, "it waits for the database");
        await pause(everyMs, this.#stopping.signal);
      }
      await pause(begunAt + everyMs - performance.now(), this.#woken.signal);
    }
  }
}
