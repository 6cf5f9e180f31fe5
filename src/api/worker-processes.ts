import cluster, { type Worker } from "node:cluster";
import type { Service } from "../runtime/lifecycle.js";
import type { Logger } from "../runtime/logger.js";

const firstDelayMs = 100;
const longestDelayMs = 5000;

/**
 * WEB_CONCURRENCY processes of this very program on one port. One that dies is started again, later each time it dies
 * before it listens. When the first ones cannot listen at all, start rejects. On SIGHUP all are replaced, one after the
 * other, each by one that listens already: no request is refused meanwhile.
 */
export class WorkerProcesses implements Service {
  readonly name = "workers";
  readonly #count: number;
  readonly #logger: Logger;
  /** Which of the COUNT places each process has. */
  readonly #slots = new Map<number, number>();
  #stopping = false;
  #failures = 0;
  #everListened = false;
  #rolling: Promise<void> | null = null;
  readonly #replaced = new Set<number>();

  constructor(count: number, logger: Logger) {
    this.#count = count;
    this.#logger = logger;
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      let listening = 0;
      cluster.on("listening", () => {
        this.#everListened = true;
        this.#failures = 0;
        listening++;
        if (listening === this.#count) resolve();
      });
      cluster.on("exit", (worker, code, signal) => {
        if (this.#stopping || this.#replaced.delete(worker.id)) return;
        if (!this.#everListened) {
          this.#stopping = true;
          reject(new Error(`the API's first process ended with ${signal ?? code} before it listened`));
          return;
        }
        this.#restart(worker, signal ?? String(code));
      });
      for (let slot = 1; slot <= this.#count; slot++) this.#fork(slot);
    });
    process.on("SIGHUP", () => {
      this.#rolling ??= this.#replaceAll().finally(() => {
        this.#rolling = null;
      });
    });
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    const running = Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined);
    await Promise.all(running.map(ended));
  }

  #restart(worker: Worker, reason: string): void {
    const delayMs = Math.min(longestDelayMs, firstDelayMs * 2 ** this.#failures);
    this.#failures++;
    this.#logger.warn({ worker: worker.id, worker_pid: worker.process.pid, reason, delay_ms: delayMs }, "worker died");
    setTimeout(() => {
      if (!this.#stopping) this.#fork(this.#slots.get(worker.id) ?? 0);
    }, delayMs);
  }

  async #replaceAll(): Promise<void> {
    for (const old of Object.values(cluster.workers ?? {})) {
      if (old === undefined || old.isDead() || this.#stopping) continue;
      const fresh = this.#fork(this.#slots.get(old.id) ?? 0);
      const listens = await new Promise<boolean>((resolve) => {
        const died = () => {
          this.#replaced.add(fresh.id);
          resolve(false);
        };
        fresh.once("exit", died);
        fresh.once("listening", () => {
          fresh.off("exit", died);
          resolve(true);
        });
      });
      if (!listens) return this.#logger.error({ worker: old.id }, "the new process did not listen, the others stay");
      this.#replaced.add(old.id);
      await ended(old);
      this.#logger.info({ worker: old.id, by: fresh.id }, "worker replaced");
    }
  }

  /** A process takes the place of the one before it, and its label in the figures: there are never more of these. */
  #fork(slot: number): Worker {
    const worker = cluster.fork({ API_SLOT: String(slot) });
    this.#slots.set(worker.id, slot);
    return worker;
  }
}

/** Asks a process to drain and waits until it has ended. */
function ended(worker: Worker): Promise<void> {
  return new Promise((resolve) => {
    if (worker.isDead()) return resolve();
    worker.once("exit", () => resolve());
    worker.process.kill("SIGTERM");
  });
}
