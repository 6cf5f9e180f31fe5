import cluster, { type Worker } from "node:cluster";
import type { Service } from "../runtime/lifecycle.js";
import type { Logger } from "../runtime/logger.js";

const firstDelayMs = 100;
const longestDelayMs = 5000;

/**
 * WEB_CONCURRENCY processes of this very program on one port. One that dies is started again, later each time it dies
 * before it listens. When the first ones cannot listen at all, start rejects.
 */
export class WorkerProcesses implements Service {
  readonly name = "workers";
  readonly #count: number;
  readonly #logger: Logger;
  #stopping = false;
  #failures = 0;
  #everListened = false;

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
        if (this.#stopping) return;
        if (!this.#everListened) {
          this.#stopping = true;
          reject(new Error(`the API's first process ended with ${signal ?? code} before it listened`));
          return;
        }
        this.#restart(worker, signal ?? String(code));
      });
      for (let index = 0; index < this.#count; index++) cluster.fork();
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
      if (!this.#stopping) cluster.fork();
    }, delayMs);
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
