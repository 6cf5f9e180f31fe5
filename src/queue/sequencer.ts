import type pg from "pg";
import { pause, withDeadline } from "../runtime/deadline.js";
import type { Service } from "../runtime/lifecycle.js";
import { type LeaderOptions, openSequencerClient, SequencerLeader, tryToLead } from "./sequencer-leader.js";

export interface SequencerOptions extends LeaderOptions {
  /** Called when this process wins or loses the lead. */
  onLeader?: (leads: boolean) => void;
}

const tryEveryMs = 250;

/**
 * Gives every event its place, publishes it and enqueues its job. Every worker has one; the one that holds the advisory
 * lock leads, and another takes over within 2 s when it dies, is stopped or is cut off (DESIGN.md 5).
 */
export class Sequencer implements Service {
  readonly name = "sequencer";
  readonly #options: SequencerOptions;
  readonly #stopped = new AbortController();
  #leader: SequencerLeader | null = null;
  #running: Promise<void> | null = null;
  #unsubscribe: (() => Promise<void>) | null = null;

  constructor(options: SequencerOptions) {
    this.#options = options;
  }

  get isLeader(): boolean {
    return this.#leader !== null;
  }

  /** Where the log stands, seen from the leader; null elsewhere. */
  get progress(): { last: number; published: number; enqueued: number } | null {
    return this.#leader?.progress ?? null;
  }

  /** Never waits for the stores: it stands for election, and listens for hints, as soon as they are there. */
  async start(): Promise<void> {
    this.#running = this.#run();
    void this.#subscribe();
  }

  /** Ends the term: the bite under way is finished, what was bitten leaves, the lock is given back. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    this.#leader?.end();
    await this.#unsubscribe?.();
    await this.#running;
  }

  async #subscribe(): Promise<void> {
    while (!this.#stopped.signal.aborted && !this.#unsubscribe) {
      try {
        this.#unsubscribe = await this.#options.bus.subscribe({ onWake: () => this.#leader?.wake() });
      } catch {
        // It looks by itself every 50 ms: without hints it is only a little slower.
        await pause(1000, this.#stopped.signal);
      }
    }
  }

  async #run(): Promise<void> {
    while (!this.#stopped.signal.aborted) {
      let client: pg.Client | null = null;
      try {
        client = await openSequencerClient(this.#options);
        await this.#standAndLead(client);
      } catch (error) {
        if (!this.#stopped.signal.aborted) this.#options.logger.warn({ err: error }, "sequencer: stands again");
      }
      if (client) await withDeadline(client.end(), 1000, "closing").catch(() => undefined);
      await pause(tryEveryMs, this.#stopped.signal);
    }
  }

  async #standAndLead(client: pg.Client): Promise<void> {
    while (!(await tryToLead(client))) {
      await pause(tryEveryMs, this.#stopped.signal);
      if (this.#stopped.signal.aborted) return;
    }
    if (this.#stopped.signal.aborted) return;
    this.#leader = new SequencerLeader(client, this.#options);
    this.#options.logger.info("sequencer: leads");
    this.#options.onLeader?.(true);
    try {
      await this.#leader.run();
    } finally {
      this.#leader = null;
      this.#options.onLeader?.(false);
    }
  }
}
