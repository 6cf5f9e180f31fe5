import type { Frame } from "./event-log.js";
import type { View } from "./view.js";

/**
 * Sends one reader what it sees of a stream, and in place of the rest `skip`, those that follow each other as one: before
 * the next frame that is sent, or `skipAfterMs` after the first of them, so that a reader to whom nothing is said knows
 * where it is all the same.
 */
export class SightFilter {
  readonly #stream: string;
  readonly #send: (text: string) => void;
  readonly #skipAfterMs: number;
  #view: View;
  #skipped: { from: number; to: number } | null = null;
  #timer: NodeJS.Timeout | undefined;

  constructor(view: View, stream: string, send: (text: string) => void, skipAfterMs: number) {
    this.#view = view;
    this.#stream = stream;
    this.#send = send;
    this.#skipAfterMs = skipAfterMs;
  }

  get view(): View {
    return this.#view;
  }

  /** Another view from now on. What was to be skipped under the one before is not said. */
  see(view: View): void {
    this.#view = view;
    this.forget();
  }

  /** Takes the frame that follows the last one. */
  take(frame: Frame): void {
    const text = this.#view.shown(this.#stream, frame);
    if (text === null) {
      this.#skip(frame.pos);
      return;
    }
    this.flush();
    this.#send(text);
  }

  /** Sends a frame without a position, if it is for this reader. */
  show(frame: Readonly<Record<string, unknown>>, text: string): void {
    const shown = this.#view.passing(frame, text);
    if (shown !== null) this.#send(shown);
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
