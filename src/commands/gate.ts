import { Refusal } from "../domain/errors.js";

export interface GateOptions {
  /** Runs that go on at once. */
  concurrency: number;
  /** Runs that may wait; one more is refused. */
  queueMax: number;
  /** How long a run may wait before it is refused, ms. */
  waitMs: number;
  /** The sentence of a refusal. */
  refusal: string;
}

/** Lets few runs of something dear go on at once in a process, in the order in which they came. */
export class Gate {
  readonly #options: GateOptions;
  readonly #queue: (() => void)[] = [];
  #running = 0;

  constructor(options: GateOptions) {
    this.#options = options;
  }

  /** Runs under way. */
  get running(): number {
    return this.#running;
  }

  /** Runs that wait. */
  get waiting(): number {
    return this.#queue.length;
  }

  /** Runs `work` when its turn comes. Throws `overloaded` when too many wait, or it waited too long. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running < this.#options.concurrency) this.#running++;
    else await this.#turn();
    try {
      return await work();
    } finally {
      const next = this.#queue.shift();
      if (next) next();
      else this.#running--;
    }
  }

  /** Resolves with the place of one that has ended. */
  #turn(): Promise<void> {
    const refusal = () => new Refusal("overloaded", this.#options.refusal);
    if (this.#queue.length >= this.#options.queueMax) return Promise.reject(refusal());
    return new Promise((resolve, reject) => {
      const enter = () => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        this.#queue.splice(this.#queue.indexOf(enter), 1);
        reject(refusal());
      }, this.#options.waitMs);
      this.#queue.push(enter);
    });
  }
}
