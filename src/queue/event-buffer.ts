import type { SequencedEvent } from "../contract/events.js";

/** The newest events of the log, contiguous and bounded: what the lanes read from memory rather than from Postgres. */
export class EventBuffer {
  readonly #max: number;
  #events: SequencedEvent[] = [];

  constructor(max: number) {
    this.#max = max;
  }

  /** Adds what was just bitten; what is over the bound leaves at the old end and has to be read from the log. */
  push(events: readonly SequencedEvent[]): void {
    for (const event of events) this.#events.push(event);
    if (this.#events.length > this.#max) this.#events = this.#events.slice(-this.#max);
  }

  /** Forgets everything up to `seq`, which all lanes are past. */
  trim(seq: number): void {
    const first = this.#events[0];
    if (first && first.seq <= seq) this.#events = this.#events.slice(seq - first.seq + 1);
  }

  /** Up to `limit` events from `after` on; null when they are not all here. */
  after(after: number, limit: number): SequencedEvent[] | null {
    const first = this.#events[0];
    if (!first || after + 1 < first.seq) return null;
    const from = after + 1 - first.seq;
    return this.#events.slice(from, from + limit);
  }
}
