/**
 * How long to wait before the next try: half as long as it has waited already, so that who was away for four seconds is back
 * within six; at least and at most so long, with jitter. A server's `retry_ms=<n>` goes first.
 */
export class Backoff {
  readonly #minMs: number;
  readonly #maxMs: number;
  readonly #random: () => number;
  #waitedMs = 0;

  constructor(minMs: number, maxMs: number, random: () => number = Math.random) {
    this.#minMs = minMs;
    this.#maxMs = maxMs;
    this.#random = random;
  }

  /** The last connection was good: the next wait is short again. */
  reset(): void {
    this.#waitedMs = 0;
  }

  /** Milliseconds to wait, never less than the half of what it may be. */
  next(reason = ""): number {
    const told = /^retry_ms=(\d{1,6})$/.exec(reason)?.[1];
    if (told !== undefined) return Number(told);
    const ceiling = Math.min(this.#maxMs, Math.max(this.#minMs, this.#waitedMs / 2));
    const wait = Math.round(ceiling / 2 + (this.#random() * ceiling) / 2);
    this.#waitedMs += wait;
    return wait;
  }
}
