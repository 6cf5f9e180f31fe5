import { Refusal } from "../domain/errors.js";

export interface GatheringOptions<T> {
  /** Items of one flush at most. */
  flushRows: number;
  /** Flushes under way at once. */
  flushes: number;
  /** Items that may wait; one more is refused. */
  queueMax: number;
  /** What an item adds to a flush, bytes. */
  bytesOf: (item: T) => number;
  /** Does a batch and answers each of its items. Never rejects. */
  flush: (batch: T[]) => Promise<void>;
}

/** What is refused because too much waits before it, or waited too long. */
export const tooMuch = () => new Refusal("overloaded", "Too much at once, try again.");

/** Bytes in one flush at most, so that 256 long messages do not make one huge statement. */
const flushBytes = 1_048_576;

/**
 * Lets concurrent work share transactions: while one flush is at the database, the next items gather; a flush starts as
 * soon as the one before it ends, and nobody waits for a timer (DESIGN.md 4.2).
 */
export class Gathering<T> {
  readonly #options: GatheringOptions<T>;
  readonly #queue: T[] = [];
  #running = 0;
  #scheduled = false;
  #closed = false;
  #drained: (() => void) | null = null;

  constructor(options: GatheringOptions<T>) {
    this.#options = options;
  }

  /** Items that wait for a flush. */
  get waiting(): number {
    return this.#queue.length;
  }

  /** Takes one more, for one of the next flushes. Throws `overloaded`, and `unavailable` once it is closed. */
  add(item: T): void {
    if (this.#closed) throw new Refusal("unavailable", "The desk is restarting, try again.");
    if (this.#queue.length >= this.#options.queueMax) {
      throw tooMuch();
    }
    this.#queue.push(item);
    this.#schedule();
  }

  open(): void {
    this.#closed = false;
  }

  /** Does what waits, takes nothing more. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#running === 0 && this.#queue.length === 0) return;
    await new Promise<void>((resolve) => {
      this.#drained = resolve;
    });
  }

  #schedule(): void {
    if (this.#scheduled || this.#running >= this.#options.flushes || this.#queue.length === 0) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      if (this.#running >= this.#options.flushes || this.#queue.length === 0) return;
      this.#running++;
      void this.#options.flush(this.#take()).finally(() => {
        this.#running--;
        this.#schedule();
        if (this.#running === 0 && this.#queue.length === 0) this.#drained?.();
      });
      this.#schedule();
    });
  }

  /** The oldest items, as many as one flush may hold. */
  #take(): T[] {
    const { flushRows, bytesOf } = this.#options;
    let bytes = 0;
    let count = 0;
    for (const item of this.#queue) {
      bytes += bytesOf(item);
      if (count > 0 && (count >= flushRows || bytes > flushBytes)) break;
      count++;
    }
    return this.#queue.splice(0, count);
  }
}
