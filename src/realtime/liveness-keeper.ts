import type { EphemeralFrame } from "../bus/bus.js";
import { agentConnected } from "../commands/agent-connected.js";
import { renewLiveness } from "../commands/renew-liveness.js";
import { agentPresenceFrame } from "../contract/agent-presence.js";
import type { Database } from "../db/database.js";
import { pause } from "../runtime/deadline.js";
import type { Service } from "../runtime/lifecycle.js";
import type { Logger } from "../runtime/logger.js";

export interface LivenessOptions {
  db: Database;
  /** A hint to the sequencer. */
  wake: () => void;
  /** Shows a frame to all who watch; may reject, the frame is then lost. */
  publish: (frame: EphemeralFrame) => Promise<void>;
  logger: Logger;
  /** How often the agents that have a socket here are renewed, ms: a third of what a renewal lasts. */
  everyMs?: number;
}

/** Agents that are written down at once when they come, so that a restarted relay's thousand leave connections free. */
const lanesMax = 4;

/**
 * Keeps the agents alive that have a signed-in socket on this relay (DESIGN.md 7): each is written down when its first
 * one opens, then all are renewed together. Nothing is written when the last one closes: it runs out by itself. While
 * the database is away nothing is lost but time: each tick tries again.
 */
export class LivenessKeeper implements Service {
  readonly name = "liveness";
  readonly #options: LivenessOptions;
  readonly #stopping = new AbortController();
  /** Open sockets by agent. */
  readonly #sockets = new Map<number, number>();
  /** Agents that have yet to be written down. */
  readonly #arrivals = new Set<number>();
  /** Agents that are being written down. */
  readonly #inHand = new Set<number>();
  readonly #underWay = new Set<Promise<void>>();
  #lanes = 0;
  #failing = false;
  #loop: Promise<void> | null = null;

  constructor(options: LivenessOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    this.#loop = this.#run();
  }

  /** Ends after what is under way. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all([this.#loop, ...this.#underWay]);
  }

  /** A signed-in socket of an agent is open; the result is to be called once, when it has closed. Never waits. */
  opened(agentId: number): () => void {
    const before = this.#sockets.get(agentId) ?? 0;
    this.#sockets.set(agentId, before + 1);
    if (before === 0) {
      this.#arrivals.add(agentId);
      this.#openLane();
    }
    return () => this.#closed(agentId);
  }

  #closed(agentId: number): void {
    const left = (this.#sockets.get(agentId) ?? 0) - 1;
    if (left > 0) {
      this.#sockets.set(agentId, left);
      return;
    }
    this.#sockets.delete(agentId);
    this.#arrivals.delete(agentId);
  }

  async #run(): Promise<void> {
    const { everyMs = 5000 } = this.#options;
    const { signal } = this.#stopping;
    for (;;) {
      await pause(everyMs, signal);
      if (signal.aborted) return;
      await this.#tick();
    }
  }

  async #tick(): Promise<void> {
    const written = (agentId: number) => !this.#arrivals.has(agentId) && !this.#inHand.has(agentId);
    const present = [...this.#sockets.keys()].filter(written);
    try {
      const takenForGone = await renewLiveness(this.#options, present);
      for (const agentId of takenForGone) if (this.#sockets.has(agentId)) this.#arrivals.add(agentId);
      if (present.length > 0) this.#recovered();
    } catch (error) {
      this.#failed(error);
    }
    for (let n = this.#arrivals.size; n > 0 && this.#lanes < lanesMax; n--) this.#openLane();
  }

  #openLane(): void {
    if (this.#lanes >= lanesMax || this.#stopping.signal.aborted) return;
    this.#lanes++;
    const lane = this.#writeArrivals().finally(() => this.#underWay.delete(lane));
    this.#underWay.add(lane);
  }

  /** Writes down arrivals until none is left; the first that fails ends it, and the next tick tries again. */
  async #writeArrivals(): Promise<void> {
    try {
      for (const agentId of this.#arrivals) {
        if (this.#stopping.signal.aborted) return;
        this.#arrivals.delete(agentId);
        if (!(await this.#write(agentId))) return;
      }
    } finally {
      // In the same tick as the last look at the set: who arrives after it finds a lane missing.
      this.#lanes--;
    }
  }

  async #write(agentId: number): Promise<boolean> {
    this.#inHand.add(agentId);
    try {
      const presence = await agentConnected(this.#options, agentId);
      this.#recovered();
      if (presence) await this.#show(agentPresenceFrame(presence));
      return true;
    } catch (error) {
      if (this.#sockets.has(agentId)) this.#arrivals.add(agentId);
      this.#failed(error);
      return false;
    } finally {
      this.#inHand.delete(agentId);
    }
  }

  async #show(frame: EphemeralFrame): Promise<void> {
    await this.#options.publish(frame).catch((error: unknown) => {
      this.#options.logger.debug({ err: error }, "an agent's presence was lost");
    });
  }

  /** Said once until it works again. */
  #failed(error: unknown): void {
    if (!this.#failing) this.#options.logger.warn({ err: error }, "agents cannot be renewed, trying again");
    this.#failing = true;
  }

  #recovered(): void {
    if (this.#failing) this.#options.logger.info("agents are renewed again");
    this.#failing = false;
  }
}
