import type { Database } from "../db/database.js";
import { ensureQueueIndex } from "../db/queries/queue-index.js";
import { pause } from "../runtime/deadline.js";
import type { Service } from "../runtime/lifecycle.js";
import type { Logger } from "../runtime/logger.js";

export interface QueueIndexOptions {
  db: Database;
  logger: Logger;
  /** How long it waits after a failure, ms. */
  againAfterMs?: number;
}

/**
 * Builds, in the background of a desk with AGENT_VISIBILITY=queues, the index that its lists go by (db/queries/queue-index);
 * until it is there they are right and slower. A database that is away, or a role that may not, is tried again.
 */
export class QueueIndex implements Service {
  readonly name = "queue index";
  readonly #options: QueueIndexOptions;
  readonly #stopping = new AbortController();
  #work: Promise<void> | null = null;

  constructor(options: QueueIndexOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    this.#work = this.#run();
  }

  /** A build that is under way is left to the next start. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#work;
  }

  async #run(): Promise<void> {
    const { db, logger, againAfterMs = 30_000 } = this.#options;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        if (await ensureQueueIndex(db, signal)) logger.info("tickets are indexed by queue");
        return;
      } catch (error) {
        if (!signal.aborted) logger.warn({ err: error }, "tickets cannot be indexed by queue now, trying again");
        await pause(againAfterMs, signal);
      }
    }
  }
}
