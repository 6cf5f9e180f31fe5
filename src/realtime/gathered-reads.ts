interface Asked<V> {
  resolve: (value: V | undefined) => void;
  reject: (error: unknown) => void;
}

/** Keys of one read. */
const keysOfRead = 500;

/**
 * Many ask for one row each; while a read is under way those who ask wait, and share the next one. What they get was read
 * after they asked, so it is as fresh as a read of their own, and thousands who come back at once cost a handful of reads.
 * Nobody waits for a timer.
 */
export class GatheredReads<K, V> {
  readonly #read: (keys: K[]) => Promise<ReadonlyMap<K, V>>;
  #waiting = new Map<K, Asked<V>[]>();
  #reading = false;

  /** `read` answers with what is there of its keys, of which it gets 500 at most. */
  constructor(read: (keys: K[]) => Promise<ReadonlyMap<K, V>>) {
    this.#read = read;
  }

  /** What is there under the key; undefined when nothing is. Rejects as the read does. */
  get(key: K): Promise<V | undefined> {
    return new Promise((resolve, reject) => {
      const asked = this.#waiting.get(key);
      if (asked) asked.push({ resolve, reject });
      else this.#waiting.set(key, [{ resolve, reject }]);
      if (!this.#reading) void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#reading = true;
    while (this.#waiting.size > 0) {
      const taken = [...this.#waiting].slice(0, keysOfRead);
      for (const [key] of taken) this.#waiting.delete(key);
      try {
        const values = await this.#read(taken.map(([key]) => key));
        for (const [key, asked] of taken) for (const { resolve } of asked) resolve(values.get(key));
      } catch (error) {
        for (const [, asked] of taken) for (const { reject } of asked) reject(error);
      }
    }
    this.#reading = false;
  }
}
