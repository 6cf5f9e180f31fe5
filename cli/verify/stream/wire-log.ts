/** What was wrong with what came over the wire. */
export interface WireFaults {
  holes: number;
  doubles: number;
  /** The server said that the log does not reach back. */
  resyncs: number;
  /** The first few, in words. */
  examples: string[];
}

const examplesMax = 10;

export const newWireFaults = (): WireFaults => ({ holes: 0, doubles: 0, resyncs: 0, examples: [] });

/** Adds what one log found to another. */
export function addWireFaults(to: WireFaults, from: WireFaults): void {
  to.holes += from.holes;
  to.doubles += from.doubles;
  to.resyncs += from.resyncs;
  to.examples.push(...from.examples.slice(0, Math.max(0, examplesMax - to.examples.length)));
}

type Frame = Readonly<Record<string, unknown>>;

/**
 * Judges one connection, frame by frame as the server sent them: after `hello` the positions are those after `since` (or
 * after the head), 1 more each, `skip` counting for what it skips. It is what I4 promises each subscriber.
 */
export class WireLog {
  readonly #since: number | null;
  readonly #faults: WireFaults;
  #next: number | null = null;
  /** Asked to resume on this connection: what comes until then was under way. */
  #resumedFrom: number | null = null;

  constructor(since: number | null, faults: WireFaults) {
    this.#since = since;
    this.#faults = faults;
  }

  /** The client asked for what came after `since`. */
  asked(since: number): void {
    this.#resumedFrom = since + 1;
  }

  take(frame: Frame): void {
    switch (frame.type) {
      case "hello":
        this.#next = (this.#since ?? Number(frame.pos)) + 1;
        break;
      case "resync_required":
        this.#faults.resyncs++;
        this.#note(`resync_required after ${this.#next === null ? "?" : this.#next - 1}`);
        this.#next = Number(frame.pos) + 1;
        break;
      case "skip":
        this.#reach(Number(frame.from), Number(frame.to));
        break;
      default:
        if (typeof frame.pos === "number") this.#reach(frame.pos, frame.pos);
    }
  }

  #reach(from: number, to: number): void {
    if (from === this.#resumedFrom) {
      this.#next = from;
      this.#resumedFrom = null;
    }
    const next = this.#next ?? from;
    if (from > next) {
      this.#faults.holes += from - next;
      this.#note(`after ${next - 1} came ${from}`);
    } else if (from < next && this.#resumedFrom === null) {
      this.#faults.doubles += Math.min(next, to + 1) - from;
      this.#note(`${from} came when ${next - 1} was there`);
    }
    this.#next = Math.max(next, to + 1);
  }

  #note(text: string): void {
    if (this.#faults.examples.length < examplesMax) this.#faults.examples.push(text);
  }
}
