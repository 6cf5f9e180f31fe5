/** How long to wait before the next try: doubles up to a bound, with full jitter; a server's `retry_ms=<n>` goes first. */
export class Backoff {
  readonly #minMs: number;
  readonly #maxMs: number;
  readonly #random: () => number;
  #tries = 0;

  constructor(minMs: number, maxMs: number, random: () => number = Math.random) {
    this.#minMs = minMs;
    this.#maxMs = maxMs;
    this.#random = random;
  }

  /** The last connection was good: the next wait is short again. */
  reset(): void {
    this.#tries = 0;
  }

  /** Milliseconds to wait, never less than the half of what it doubled to. */
  next(reason = ""): number {
    const ceiling = Math.min(this.#maxMs, this.#minMs * 2 ** Math.min(this.#tries++, 30));
    const told = /^retry_ms=(\d{1,6})$/.exec(reason)?.[1];
    if (told !== undefined) return Number(told);
    return Math.round(ceiling / 2 + (this.#random() * ceiling) / 2);
  }
}
