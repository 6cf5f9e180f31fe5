import { createHash } from "node:crypto";
import { type Sight, sightKey } from "../domain/visibility.js";
import { type AddressedFrame, isShown, shownOf } from "./audience.js";
import type { Frame } from "./event-log.js";

/**
 * The log's epoch for a reader who sees a part of it: another part is another log to it. Who comes back with what it
 * kept under another sight is told to start over, for its `skip`s do not hold any more.
 */
export function epochOf(epoch: string, sight: Sight): string {
  if (sight.kind === "all") return epoch;
  return `${epoch}.${createHash("sha256").update(sightKey(sight)).digest("hex").slice(0, 12)}`;
}

/**
 * Sends one reader what it sees of a stream, and in place of the rest `skip`, those that follow each other as one: before
 * the next frame that is sent, or `skipAfterMs` after the first of them, so that a reader to whom nothing is said knows
 * where it is all the same.
 */
export class SightFilter {
  readonly #stream: string;
  readonly #send: (text: string) => void;
  readonly #skipAfterMs: number;
  #sight: Sight;
  #skipped: { from: number; to: number } | null = null;
  #timer: NodeJS.Timeout | undefined;

  constructor(sight: Sight, stream: string, send: (text: string) => void, skipAfterMs: number) {
    this.#sight = sight;
    this.#stream = stream;
    this.#send = send;
    this.#skipAfterMs = skipAfterMs;
  }

  get sight(): Sight {
    return this.#sight;
  }

  /** Another sight from now on. What was to be skipped under the one before is not said. */
  see(sight: Sight): void {
    this.#sight = sight;
    this.forget();
  }

  /** Takes the frame that follows the last one. */
  take(frame: Frame): void {
    const text = isAddressed(frame) ? shownOf(this.#sight, this.#stream, frame) : null;
    if (text === null) {
      this.#skip(frame.pos);
      return;
    }
    this.flush();
    this.#send(text);
  }

  /** Sends a frame without a position, if it is for this reader. */
  show(frame: Readonly<Record<string, unknown>>, text: string): void {
    if (isShown(this.#sight, frame)) this.#send(text);
  }

  /** Says what was skipped. */
  flush(): void {
    if (this.#skipped) this.#send(JSON.stringify({ type: "skip", stream: this.#stream, ...this.#skipped }));
    this.forget();
  }

  /** The reader starts from somewhere else, or has left. */
  forget(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#skipped = null;
  }

  #skip(pos: number): void {
    if (this.#skipped) {
      this.#skipped.to = pos;
      return;
    }
    this.#skipped = { from: pos, to: pos };
    this.#timer = setTimeout(() => this.flush(), this.#skipAfterMs);
    this.#timer.unref();
  }
}

/** What is addressed to nobody in particular, because nothing was to be hidden when it was read, is not shown. */
function isAddressed(frame: Frame): frame is AddressedFrame {
  return frame.audience !== undefined;
}
