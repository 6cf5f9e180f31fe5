import type { Frame } from "./event-log.js";

/** The latest frames of a stream, without a hole, bounded by count and by size. */
export class FrameRing {
  readonly #maxFrames: number;
  readonly #maxChars: number;
  #frames: Frame[] = [];
  #start = 0;
  #chars = 0;

  constructor(maxFrames: number, maxChars: number) {
    this.#maxFrames = maxFrames;
    this.#maxChars = maxChars;
  }

  /** Appends the frame that follows the last one; the oldest fall out. After a jump it starts anew. */
  push(frame: Frame): void {
    const last = this.#frames.at(-1);
    if (last && frame.pos !== last.pos + 1) this.clear();
    this.#frames.push(frame);
    this.#chars += frame.text.length;
    while (this.#frames.length - this.#start > this.#maxFrames || this.#chars > this.#maxChars) {
      this.#chars -= this.#frames[this.#start]?.text.length ?? 0;
      this.#start++;
    }
    if (this.#start > 64 && this.#start * 2 > this.#frames.length) {
      this.#frames = this.#frames.slice(this.#start);
      this.#start = 0;
    }
  }

  /** The frames after `pos`, at most `limit`; null when the one that follows `pos` is not here. */
  after(pos: number, limit: number): Frame[] | null {
    const first = this.#frames[this.#start];
    if (!first || pos + 1 < first.pos) return null;
    const from = this.#start + (pos + 1 - first.pos);
    if (from >= this.#frames.length) return null;
    return this.#frames.slice(from, from + limit);
  }

  get isEmpty(): boolean {
    return this.#frames.length === this.#start;
  }

  clear(): void {
    this.#frames = [];
    this.#start = 0;
    this.#chars = 0;
  }
}
