import type { Database } from "../db/database.js";
import { sqlState } from "../db/transaction.js";
import type { Service } from "../runtime/lifecycle.js";
import { Gathering, tooMuch } from "./gathering.js";
import type { OnFlush } from "./meter-flushes.js";

/** What everything that is done together is given. */
export interface TogetherSettings {
  db: Database;
  /** Called after each commit: a hint to the sequencer. */
  wake: () => void;
  /** Items of one flush at most. */
  flushRows: number;
  /** Items that may wait; more are refused with `overloaded`. */
  queueMax: number;
  /** How long an item may wait for its flush before it is refused with `overloaded`, ms; default: as long as it takes. */
  waitMs?: number;
  /** Told of each flush. */
  onFlush?: OnFlush;
}

export interface TogetherOptions<T, A> extends TogetherSettings {
  name: string;
  /** What an item adds to a flush, bytes. */
  bytesOf: (item: T) => number;
  /** No two of one mark are in one flush; null: it bears none. */
  markOf: (item: T) => string | null;
  /** Does all of a flush in one transaction that waits for no lock, and answers each, in their order. */
  run: (db: Database, items: readonly T[]) => Promise<A[]>;
}

interface Waiting<T, A> {
  item: T;
  /** When it came, as `performance.now` counts. */
  since: number;
  /** null: it goes its own way. */
  resolve: (answer: A | null) => void;
  reject: (error: unknown) => void;
}

/**
 * What is asked for at once shares a transaction, as intakes do; no promise resolves before its rows are on disk. One
 * flush is under way at a time: it waits for no lock, and two took the same time with half as much work again (measured).
 */
export class Together<T, A> implements Service {
  readonly name: string;
  readonly #options: TogetherOptions<T, A>;
  readonly #gathering: Gathering<Waiting<T, A>>;

  constructor(options: TogetherOptions<T, A>) {
    this.#options = options;
    const { name, flushRows, queueMax, bytesOf } = options;
    this.name = name;
    this.#gathering = new Gathering({
      flushRows,
      flushes: 1,
      queueMax,
      bytesOf: ({ item }) => bytesOf(item),
      flush: (batch) => this.#flush(batch),
    });
  }

  async start(): Promise<void> {
    this.#gathering.open();
  }

  /** Does what is waiting, takes nothing more. */
  stop(): Promise<void> {
    return this.#gathering.close();
  }

  /**
   * Does it in one of the next flushes. null: it has to go its own way, because one before it in its flush bears the same
   * mark, or because the data of one made its flush fail. Throws `overloaded`, and `unavailable` once it is closed.
   */
  do(item: T): Promise<A | null> {
    return new Promise((resolve, reject) => {
      this.#gathering.add({ item, since: performance.now(), resolve, reject });
    });
  }

  async #flush(gathered: Waiting<T, A>[]): Promise<void> {
    const { db, wake, onFlush, run } = this.#options;
    const startedAt = performance.now();
    const batch = this.#inTime(gathered, startedAt);
    if (batch.length === 0) return;
    const told = (error: unknown) => onFlush?.(batch.length, (performance.now() - startedAt) / 1000, error);
    const { first, again } = this.#apart(batch);
    try {
      const answers = await run(
        db,
        first.map(({ item }) => item),
      );
      told(null);
      wake();
      for (const [index, waiting] of first.entries()) waiting.resolve(answers[index] ?? null);
    } catch (error) {
      told(error);
      const isData = /^2[23]/.test(sqlState(error) ?? "");
      for (const waiting of first) {
        if (isData) waiting.resolve(null);
        else waiting.reject(error);
      }
    }
    // By now the first is on disk, where it is found, or it has failed.
    for (const waiting of again) waiting.resolve(null);
  }

  /** Refuses those that waited too long: whoever asked has given up, or will. */
  #inTime(batch: Waiting<T, A>[], now: number): Waiting<T, A>[] {
    const { waitMs = Number.POSITIVE_INFINITY } = this.#options;
    return batch.filter(({ since, reject }) => {
      if (now - since <= waitMs) return true;
      reject(tooMuch());
      return false;
    });
  }

  /** Those of a flush that bear the mark of one before them go their own way after it. */
  #apart(batch: readonly Waiting<T, A>[]): { first: Waiting<T, A>[]; again: Waiting<T, A>[] } {
    const marks = new Set<string>();
    const first: Waiting<T, A>[] = [];
    const again: Waiting<T, A>[] = [];
    for (const waiting of batch) {
      const mark = this.#options.markOf(waiting.item);
      if (mark !== null && marks.has(mark)) {
        again.push(waiting);
        continue;
      }
      if (mark !== null) marks.add(mark);
      first.push(waiting);
    }
    return { first, again };
  }
}
