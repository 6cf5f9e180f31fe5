import type { EphemeralFrame } from "../bus/bus.js";

/** Who types is shown as typing for so long after it was last told, ms (CONTRACT.md 5). */
export const typingEndsMs = 5000;

/** Says that somebody stopped typing where nothing more was told of it for 5 s: a tab that was closed says nothing. */
export class TypingEnds {
  readonly #show: (frame: EphemeralFrame) => void;
  readonly #afterMs: number;
  readonly #timers = new Map<string, NodeJS.Timeout>();

  constructor(show: (frame: EphemeralFrame) => void, afterMs = typingEndsMs) {
    this.#show = show;
    this.#afterMs = afterMs;
  }

  /** A frame that is shown to those who listen here. */
  heard({ stream, frame }: EphemeralFrame): void {
    if (frame.type !== "typing") return;
    const key = `${stream} ${String(frame.user_id)}`;
    this.#clear(key);
    if (frame.is_typing !== true) return;
    const timer = setTimeout(() => {
      this.#timers.delete(key);
      this.#show({ stream, frame: { ...frame, is_typing: false } });
    }, this.#afterMs);
    timer.unref();
    this.#timers.set(key, timer);
  }

  stop(): void {
    for (const key of [...this.#timers.keys()]) this.#clear(key);
  }

  #clear(key: string): void {
    clearTimeout(this.#timers.get(key));
    this.#timers.delete(key);
  }
}
