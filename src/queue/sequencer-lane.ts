import type { SequencedEvent } from "../contract/events.js";
import { pause } from "../runtime/deadline.js";
import type { Logger } from "../runtime/logger.js";

export interface LaneOptions {
  name: string;
  /** `seq` up to which everything was delivered before. */
  from: number;
  /** The next events after `seq`, in order; [] when there are none yet. */
  read: (after: number) => Promise<SequencedEvent[]>;
  deliver: (events: SequencedEvent[]) => Promise<void>;
  /** Deliveries begin at least that far apart, ms: what comes meanwhile goes together. 0: at once. */
  everyMs: number;
  /** Called after each delivery. */
  onProgress: () => void;
  logger: Logger;
}

const backoffMs = [100, 200, 400, 1000];

/**
 * One way out of the sequencer, to the bus or to the queue: it takes the log in order, repeats what failed, and never
 * skips. Each lane waits for its own store only.
 */
export class SequencerLane {
  readonly #options: LaneOptions;
  readonly #stopped = new AbortController();
  #seq: number;
  #kicked = false;
  #kick: (() => void) | null = null;
  #running: Promise<void> | null = null;
  #failing = false;

  constructor(options: LaneOptions) {
    this.#options = options;
    this.#seq = options.from;
  }

  /** Everything up to here was delivered. */
  get seq(): number {
    return this.#seq;
  }

  /** Whether the store is away at the moment. */
  get failing(): boolean {
    return this.#failing;
  }

  start(): void {
    this.#running = this.#run();
  }

  /** There may be more to read. */
  kick(): void {
    this.#kicked = true;
    this.#kick?.();
  }

  /** Nothing is delivered after what is under way. */
  close(): void {
    this.#stopped.abort();
    this.kick();
  }

  async stop(): Promise<void> {
    this.close();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { name, read, deliver, everyMs, onProgress, logger } = this.#options;
    let failures = 0;
    let begunAt = Number.NEGATIVE_INFINITY;
    while (!this.#stopped.signal.aborted) {
      this.#kicked = false;
      try {
        const early = begunAt + everyMs - performance.now();
        if (early > 0) await pause(early, this.#stopped.signal);
        const events = await read(this.#seq);
        const last = events.at(-1);
        if (!last) {
          await this.#untilKicked();
          continue;
        }
        if (this.#stopped.signal.aborted) return;
        begunAt = performance.now();
        await deliver(events);
        if (this.#failing) logger.info({ lane: name, seq: last.seq }, "sequencer: goes on");
        this.#failing = false;
        failures = 0;
        this.#seq = last.seq;
        onProgress();
      } catch (error) {
        if (!this.#failing) logger.warn({ lane: name, err: error }, "sequencer: cannot deliver, trying again");
        this.#failing = true;
        await pause(backoffMs[Math.min(failures++, backoffMs.length - 1)] ?? 1000, this.#stopped.signal);
      }
    }
  }

  async #untilKicked(): Promise<void> {
    if (this.#kicked || this.#stopped.signal.aborted) return;
    await new Promise<void>((resolve) => {
      this.#kick = resolve;
    });
    this.#kick = null;
  }
}
