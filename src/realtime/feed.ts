import { pause } from "../runtime/deadline.js";
import type { Service } from "../runtime/lifecycle.js";
import type { Logger } from "../runtime/logger.js";

const firstWaitMs = 200;
const longestWaitMs = 2000;
const hangingTryMs = 1000;
/** A relay that listens before it is fed refuses who comes, and they come again later than they had to. */
const startWaitsMs = 1000;

/**
 * Starts something that needs the bus and the database, and goes on trying while they are away. `start` resolves when it
 * is fed, after a second at the latest; `connect` resolves with what stops it, and is called again only after it rejected.
 */
export class Feed implements Service {
  readonly name = "feed";
  readonly #connect: () => Promise<() => Promise<void>>;
  readonly #onFed: () => void;
  readonly #logger: Logger;
  readonly #stopping = new AbortController();
  #loop: Promise<(() => Promise<void>) | null> | null = null;

  constructor(options: { connect: () => Promise<() => Promise<void>>; onFed: () => void; logger: Logger }) {
    this.#connect = options.connect;
    this.#onFed = options.onFed;
    this.#logger = options.logger;
  }

  async start(): Promise<void> {
    const waited = new AbortController();
    this.#loop = this.#try().finally(() => waited.abort());
    await pause(startWaitsMs, waited.signal);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    // A try that hangs is left alone: the process ends.
    const disconnect = await Promise.race([this.#loop, pause(hangingTryMs)]);
    await disconnect?.();
  }

  async #try(): Promise<(() => Promise<void>) | null> {
    for (let waitMs = firstWaitMs; !this.#stopping.signal.aborted; waitMs = Math.min(waitMs * 2, longestWaitMs)) {
      try {
        const disconnect = await this.#connect();
        this.#onFed();
        return disconnect;
      } catch (error) {
        this.#logger.warn({ err: error, waitMs }, "bus or database are away, trying again");
        await pause(waitMs, this.#stopping.signal);
      }
    }
    return null;
  }
}
