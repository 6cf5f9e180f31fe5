import { recordSightings } from "../commands/renew-liveness.js";
import type { Database } from "../db/database.js";
import { pause } from "../runtime/deadline.js";
import type { Service } from "../runtime/lifecycle.js";
import type { Logger } from "../runtime/logger.js";

export interface SightingsOptions {
  db: Database;
  /** How long a call keeps an agent online that is so by a call, minutes; 0: for ever. */
  leaseMinutes: number;
  logger: Logger;
  /** How often they are written, ms. */
  everyMs?: number;
}

/** Agents that are remembered until the next write; a desk that has more is none that one process serves. */
const agentsMax = 10_000;

/**
 * Agents who called with a token of their own, a sign of life (DESIGN.md 7): gathered, and written in one statement every
 * few seconds. No call waits for it or fails by it; what could not be written is written by the next one.
 */
export class Sightings implements Service {
  readonly name = "sightings";
  readonly #options: SightingsOptions;
  readonly #stopping = new AbortController();
  #seen = new Set<number>();
  #loop: Promise<void> | null = null;

  constructor(options: SightingsOptions) {
    this.#options = options;
  }

  /** Agents that wait for the next write. */
  get waiting(): number {
    return this.#seen.size;
  }

  async start(): Promise<void> {
    this.#loop = this.#run();
  }

  /** Writes what there is and ends. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#loop;
    await this.flush();
  }

  /** This agent called. */
  note(agentId: number): void {
    if (this.#seen.size < agentsMax) this.#seen.add(agentId);
  }

  /** Writes what there is now; never rejects. */
  async flush(): Promise<void> {
    if (this.#seen.size === 0) return;
    const { db, leaseMinutes, logger } = this.#options;
    const userIds = [...this.#seen];
    this.#seen = new Set();
    try {
      await recordSightings({ db }, { userIds, leaseMinutes });
    } catch (error) {
      logger.debug({ err: error, agents: userIds.length }, "agents' signs of life wait for the next write");
      for (const agentId of userIds) this.note(agentId);
    }
  }

  async #run(): Promise<void> {
    const { everyMs = 5000 } = this.#options;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await pause(everyMs, signal);
      if (!signal.aborted) await this.flush();
    }
  }
}
