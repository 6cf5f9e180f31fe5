import { pause } from "../runtime/deadline.js";
import type { Logger } from "../runtime/logger.js";
import { StartError } from "./start-error.js";

/** One run of something supervised: a process that has started. */
export interface Running {
  readonly pid: number;
  /** How it ended (`exit 1`, `SIGKILL`), once it has; never rejects. */
  readonly exited: Promise<string>;
  /** Resolves when it serves; absent: it served when it was started. Never rejects. */
  readonly up?: Promise<void>;
  /** Stops it, at last by SIGKILL; resolves when it has ended. */
  stop(): Promise<void>;
}

/** What the supervisor keeps running. */
export interface Supervised<R extends Running = Running> {
  readonly name: string;
  /** The highest tier is stopped first; what is of one tier is stopped together. */
  readonly tier: number;
  /** Starts it, also again after a death: then it must be found where it was (its port, its password). */
  start(): Promise<R>;
}

interface Kept {
  item: Supervised;
  running: Running | null;
  /** Since when what runs now serves, ms of `performance.now()`; null: it does not. */
  upAt: number | null;
  /** Ends when it is stopped for good. */
  watch: Promise<void>;
}

/** Before the second try in a row; the first comes at once. */
const firstDelayMs = 200;
const longestDelayMs = 5_000;
const failuresToTell = 5;
/** Who has served that long before it died did not fail in a row. */
const steadyMs = 5_000;
/** What a process exits with that refuses its settings (EX_CONFIG): trying again cannot help. */
const refusedSettings = "exit 78";

/** How long to wait before the next try after so many failures in a row: nothing, 200 ms, doubled each time, at most 5 s. */
export function restartDelayMs(failures: number): number {
  return failures <= 1 ? 0 : Math.min(longestDelayMs, firstDelayMs * 2 ** (failures - 2));
}

/**
 * Keeps processes running: restarts what dies at once, slower while it keeps dying, and says so at the fifth time. Until `settle`
 * is called a fifth failure in a row is the end: `failed` resolves with the reason. Stops in order of tiers.
 */
export class Supervisor {
  /** Resolves (never rejects) when something never came up at the first start. */
  readonly failed: Promise<StartError>;
  #fail: (reason: StartError) => void = () => undefined;
  #settled = false;
  readonly #stopping = new AbortController();
  readonly #kept: Kept[] = [];
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
    this.failed = new Promise((resolve) => {
      this.#fail = resolve;
    });
  }

  /** Starts it and keeps it running from then on; resolves with its first run. Throws what its first start throws. */
  async run<R extends Running>(item: Supervised<R>): Promise<R> {
    if (this.#stopping.signal.aborted) throw new StartError(`stopped before ${item.name} was started`);
    const first = item.start();
    const kept: Kept = { item, running: null, upAt: null, watch: Promise.resolve() };
    kept.watch = first.then(
      (running) => this.#watch(kept, running),
      () => undefined,
    );
    this.#kept.push(kept);
    return first;
  }

  /** Resolves when all that was started serves at one time; early when it is stopped. Rejects after `timeoutMs`. */
  async untilUp(timeoutMs: number): Promise<void> {
    const end = performance.now() + timeoutMs;
    while (!this.#stopping.signal.aborted) {
      const down = this.#kept.filter(({ upAt }) => upAt === null).map(({ item }) => item.name);
      if (down.length === 0) return;
      if (performance.now() > end)
        throw new StartError(`${down.join(", ")} did not come up within ${timeoutMs / 1000} s`);
      await pause(20, this.#stopping.signal);
    }
  }

  /** From now on nothing that dies is the end of the whole. */
  settle(): void {
    this.#settled = true;
  }

  /** Stops all, highest tier first, and resolves when nothing is left running; also while something is being started. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    const tiers = [...new Set(this.#kept.map(({ item }) => item.tier))].sort((a, b) => b - a);
    for (const tier of tiers) {
      const together = this.#kept.filter(({ item }) => item.tier === tier);
      await Promise.all(
        together.map(async (kept) => {
          await kept.running?.stop();
          await kept.watch;
        }),
      );
    }
  }

  async #watch(kept: Kept, first: Running): Promise<void> {
    let failures = 0;
    let running: Running | null = first;
    while (running) {
      if (this.#stopping.signal.aborted) return running.stop();
      this.#hold(kept, running);
      const how = await running.exited;
      const servedMs = kept.upAt === null ? 0 : performance.now() - kept.upAt;
      kept.running = null;
      kept.upAt = null;
      if (this.#stopping.signal.aborted) return;
      if (servedMs >= steadyMs) failures = 0;
      failures += 1;
      this.#tell(kept.item.name, how, failures);
      running = null;
      while (!running) {
        await pause(restartDelayMs(failures), this.#stopping.signal);
        if (this.#stopping.signal.aborted) return;
        try {
          running = await kept.item.start();
        } catch (error) {
          failures += 1;
          this.#tell(kept.item.name, error instanceof Error ? error.message : String(error), failures);
        }
      }
    }
  }

  #hold(kept: Kept, running: Running): void {
    kept.running = running;
    void (running.up ?? Promise.resolve()).then(() => {
      if (kept.running === running) kept.upAt = performance.now();
    });
  }

  #tell(name: string, how: string, failures: number): void {
    const retryMs = restartDelayMs(failures);
    this.#logger.warn({ process: name, how, failures, retryMs }, `${name} ended (${how}), starting it again`);
    if (!this.#settled && how === refusedSettings) {
      this.#fail(new StartError(`${name} refused its settings, see above`, 78));
    }
    if (failures % failuresToTell !== 0) return;
    const sentence = `${name} failed ${failures} times in a row (last: ${how})`;
    if (this.#settled) this.#logger.error({ process: name }, `${sentence}; it is tried again every ${retryMs} ms`);
    else this.#fail(new StartError(`${sentence}; its lines above say why`));
  }
}
