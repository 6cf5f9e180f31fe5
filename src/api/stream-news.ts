import type { EphemeralFrame } from "../bus/bus.js";
import type { SequencedEvent } from "../contract/events.js";
import { Refusal } from "../domain/errors.js";
import { pause } from "../runtime/deadline.js";
import type { Logger } from "../runtime/logger.js";

/** What a follower of the log is given. */
export interface NewsHandlers {
  onEvents(events: readonly SequencedEvent[]): void;
  onEphemeral(frame: EphemeralFrame): void;
}

export interface StreamNewsOptions {
  /** Follows log and bus; resolves with what ends it. Rejects while they are away. */
  follow: (handlers: NewsHandlers) => Promise<() => Promise<void>>;
  logger: Logger;
  /** Who may wait at once, in this process, and of one user. */
  listenersMax?: number;
  perUserMax?: number;
}

/** Somebody who waits for news of a stream. */
export interface Listening {
  /** Resolves when there is something to look for, after `ms` at the latest, or at once when the API stops. */
  next(ms: number): Promise<void>;
  /** Frames without a position that came since the last time. */
  passing(): Readonly<Record<string, unknown>>[];
  /** Waits no more; `next` resolves at once. */
  end(): void;
}

interface Listener {
  wake: () => void;
  passing: Readonly<Record<string, unknown>>[];
}

/** Frames without a position that are kept for one who waits. */
const passingMax = 100;
/** Without a follower the log is looked at so often, ms. */
const lookEveryMs = 1000;

/**
 * Tells those who wait for a stream (long poll) that there is news. Nothing follows the log before the first of them; while
 * bus or database are away each looks by itself, every second.
 */
export class StreamNews {
  readonly #options: StreamNewsOptions;
  readonly #listeners = new Map<string, Set<Listener>>();
  readonly #perUser = new Map<number, number>();
  readonly #stopping = new AbortController();
  #count = 0;
  #following: Promise<(() => Promise<void>) | null> | null = null;
  #followed = false;

  constructor(options: StreamNewsOptions) {
    this.#options = options;
  }

  /** The API stops: who waits is to be answered with what there is. */
  get stopping(): boolean {
    return this.#stopping.signal.aborted;
  }

  /** Who waits now. */
  get waiting(): number {
    return this.#count;
  }

  /** Listens from now on. Throws `overloaded` and `rate_limited` where too many wait. */
  listen(stream: string, userId: number | null): Listening {
    const { listenersMax = 2000, perUserMax = 50 } = this.#options;
    if (this.#count >= listenersMax) throw new Refusal("overloaded", "As many wait here as may, try again.");
    const own = userId === null ? 0 : (this.#perUser.get(userId) ?? 0);
    if (own >= perUserMax)
      throw new Refusal("rate_limited", "You wait in as many calls as you may.", { retry_after_s: 1 });
    if (userId !== null) this.#perUser.set(userId, own + 1);
    this.#count++;
    this.#follow();
    const listener: Listener = { wake: () => undefined, passing: [] };
    const all = this.#listeners.get(stream) ?? new Set();
    this.#listeners.set(stream, all.add(listener));
    let news = false;
    let ended = false;
    let wake = new AbortController();
    listener.wake = () => {
      news = true;
      wake.abort();
    };
    return {
      next: async (ms) => {
        if (!news && !ended && !this.stopping) {
          wake = new AbortController();
          await pause(this.#followed ? ms : Math.min(ms, lookEveryMs), wake.signal);
        }
        news = false;
      },
      passing: () => listener.passing.splice(0),
      end: () => {
        if (ended) return;
        ended = true;
        wake.abort();
        all.delete(listener);
        if (all.size === 0 && this.#listeners.get(stream) === all) this.#listeners.delete(stream);
        this.#count--;
        if (userId === null) return;
        const left = (this.#perUser.get(userId) ?? 1) - 1;
        if (left > 0) this.#perUser.set(userId, left);
        else this.#perUser.delete(userId);
      },
    };
  }

  /** Answers all who wait, at once; who comes later does not wait. */
  release(): void {
    this.#stopping.abort();
    for (const listeners of this.#listeners.values()) for (const { wake } of listeners) wake();
  }

  async stop(): Promise<void> {
    this.release();
    const end = await this.#following;
    await end?.();
  }

  #follow(): void {
    if (this.#following || this.stopping) return;
    this.#following = this.#options
      .follow({ onEvents: (events) => this.#onEvents(events), onEphemeral: (frame) => this.#onEphemeral(frame) })
      .then(
        (end) => {
          this.#followed = true;
          return end;
        },
        (error: unknown) => {
          this.#options.logger.warn({ err: error }, "the log cannot be followed, who waits looks by itself");
          this.#following = null;
          return null;
        },
      );
  }

  #onEvents(events: readonly SequencedEvent[]): void {
    for (const stream of new Set(events.map((event) => event.stream))) {
      for (const { wake } of this.#listeners.get(stream) ?? []) wake();
    }
  }

  #onEphemeral({ stream, frame }: EphemeralFrame): void {
    for (const listener of this.#listeners.get(stream) ?? []) {
      if (listener.passing.length < passingMax) listener.passing.push({ ...frame, stream });
      listener.wake();
    }
  }
}
