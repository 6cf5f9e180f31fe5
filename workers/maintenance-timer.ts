import type { QueueAdmin } from "../src/queue/admin.js";
import type { Producer } from "../src/queue/producer.js";
import { pause } from "../src/runtime/deadline.js";
import type { Service } from "../src/runtime/lifecycle.js";
import type { Logger } from "../src/runtime/logger.js";

export interface MaintenanceTimerOptions {
  admin: QueueAdmin;
  producer: Producer;
  logger: Logger;
  /** How often `maintain` is asked for, ms. */
  intervalMs: number;
  /** How often the queue store's marker is looked for, ms. */
  markerEveryMs?: number;
}

/**
 * Asks for `maintain`: each interval, and at once when the queue store's marker is missing. Every worker has one; the
 * job is deduplicated, so that many ask and one runs. A store that is away is asked again at the next tick.
 */
export class MaintenanceTimer implements Service {
  readonly name = "maintenance timer";
  readonly #options: MaintenanceTimerOptions;
  readonly #stopping = new AbortController();
  #loop: Promise<void> | null = null;

  constructor(options: MaintenanceTimerOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    this.#loop = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#loop;
  }

  async #run(): Promise<void> {
    const { admin, producer, logger, intervalMs, markerEveryMs = 1000 } = this.#options;
    const signal = this.#stopping.signal;
    let askedAt = Number.NEGATIVE_INFINITY;
    while (!signal.aborted) {
      try {
        const due = performance.now() - askedAt >= intervalMs;
        if (due || !(await admin.hasMarker())) {
          await producer.enqueue("maintain", [{ subjectId: 0, requestId: null }]);
          askedAt = performance.now();
        }
      } catch (error) {
        logger.debug({ err: error }, "maintain not asked for: the queue's store is away");
      }
      await pause(Math.min(intervalMs, markerEveryMs), signal);
    }
  }
}
