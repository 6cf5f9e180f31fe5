import type { SequencedEvent } from "../contract/events.js";
import type { Database } from "../db/database.js";
import { readEventsAfter, readHead } from "../db/queries/read-events.js";
import { pause } from "../runtime/deadline.js";
import type { Service } from "../runtime/lifecycle.js";
import type { Logger } from "../runtime/logger.js";
import type { Bus, ControlMessage, EphemeralFrame } from "./bus.js";

export interface FollowerOptions {
  bus: Bus;
  db: Database;
  logger: Logger;
  /**
   * Gets each event exactly once, in order, without holes, from the head at start on. When it throws, it gets the same
   * ones again, from the log and with backoff.
   */
  onEvents(events: SequencedEvent[]): void;
  onEphemeral?(frame: EphemeralFrame): void;
  onControl?(message: ControlMessage): void;
  /** The bus is back: orders may have been lost meanwhile. */
  onReconnect?(): void;
  /** Without news for that long the head is read from Postgres, every second; default 2,000 ms. */
  headTimeoutMs?: number;
}

const pageRows = 500;
const lookEveryMs = 1000;
const backoffMs = [100, 200, 500, 1000, 2000];

/**
 * Turns a bus that may lose and repeat, and the log, into every event once, in order (DESIGN.md 5). It subscribes first
 * and reads the head then; a hole, or a head above its own, is read from the log. While it reads, news only raises the
 * aim: what was told meanwhile is read as well.
 */
export class Follower implements Service {
  readonly name = "follower";
  readonly #options: FollowerOptions;
  readonly #stopped = new AbortController();
  #seq = 0;
  #aim = 0;
  #started = false;
  #connected = false;
  #catchingUp: Promise<void> | null = null;
  #lastNewsAt = 0;
  #timer: NodeJS.Timeout | null = null;
  #unsubscribe: (() => Promise<void>) | null = null;

  constructor(options: FollowerOptions) {
    this.#options = options;
  }

  /** `seq` of the last event that was handed on. */
  get seq(): number {
    return this.#seq;
  }

  /** Whether the bus is connected; without it the log is read every second. */
  get connected(): boolean {
    return this.#connected;
  }

  /** Rejects when bus or database are away; whoever starts it tries again. */
  async start(): Promise<void> {
    const { bus, db, onEphemeral, onControl } = this.#options;
    this.#unsubscribe = await bus.subscribe({
      onEvents: (events) => this.#onEvents(events),
      onHead: (seq) => this.#onHead(seq),
      onConnection: (connected) => this.#onConnection(connected),
      ...(onEphemeral ? { onEphemeral: (frame) => onEphemeral(frame) } : {}),
      ...(onControl ? { onControl: (message) => onControl(message) } : {}),
    });
    try {
      this.#seq = (await readHead(db.kysely)).lastSeq;
    } catch (error) {
      await this.#unsubscribe();
      throw error;
    }
    this.#started = true;
    this.#connected = true;
    this.#lastNewsAt = Date.now();
    this.#timer = setInterval(() => this.#lookIfSilent(), lookEveryMs);
    this.#timer.unref();
    this.#catchUp();
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    if (this.#timer) clearInterval(this.#timer);
    await this.#unsubscribe?.();
    await this.#catchingUp;
  }

  #onEvents(events: SequencedEvent[]): void {
    this.#lastNewsAt = Date.now();
    const last = events.at(-1);
    if (!last) return;
    if (!this.#started || this.#catchingUp !== null) {
      this.#aim = Math.max(this.#aim, last.seq);
      return;
    }
    const fresh = events.filter((event) => event.seq > this.#seq);
    let whole = 0;
    while (fresh[whole]?.seq === this.#seq + whole + 1) whole++;
    if (!this.#tryToHand(fresh.slice(0, whole)) || whole < fresh.length) {
      this.#aim = Math.max(this.#aim, last.seq);
      this.#catchUp();
    }
  }

  #onHead(seq: number): void {
    this.#lastNewsAt = Date.now();
    this.#aim = Math.max(this.#aim, seq);
    if (this.#started) this.#catchUp();
  }

  #onConnection(connected: boolean): void {
    this.#connected = connected;
    // What was published while it was away is found at once, not at the next head.
    if (!connected || !this.#started) return;
    this.#options.onReconnect?.();
    void this.#look();
  }

  #lookIfSilent(): void {
    if (Date.now() - this.#lastNewsAt >= (this.#options.headTimeoutMs ?? 2000)) void this.#look();
  }

  async #look(): Promise<void> {
    try {
      const { lastSeq } = await readHead(this.#options.db.kysely);
      this.#aim = Math.max(this.#aim, lastSeq);
      this.#catchUp();
    } catch (error) {
      this.#options.logger.debug({ err: error }, "follower: the head could not be read");
    }
  }

  #catchUp(): void {
    if (this.#catchingUp !== null || this.#aim <= this.#seq || this.#stopped.signal.aborted) return;
    this.#catchingUp = this.#readToAim().finally(() => {
      this.#catchingUp = null;
      this.#catchUp();
    });
  }

  async #readToAim(): Promise<void> {
    let failures = 0;
    while (this.#seq < this.#aim && !this.#stopped.signal.aborted) {
      if (await this.#readPage()) failures = 0;
      else await pause(backoffMs[Math.min(failures++, backoffMs.length - 1)] ?? 2000, this.#stopped.signal);
    }
  }

  /** Hands on the log's next page; false when it could not be read, or not be handed on. */
  async #readPage(): Promise<boolean> {
    try {
      const page = await readEventsAfter(this.#options.db.kysely, this.#seq, pageRows);
      // The aim is above all that is kept: a log that was restored from a copy. The next head says where it is.
      if (page.length === 0) this.#aim = this.#seq;
      return this.#tryToHand(page);
    } catch (error) {
      this.#options.logger.warn({ err: error, seq: this.#seq }, "follower: the log could not be read, trying again");
      return false;
    }
  }

  /** False when `onEvents` throws: these events are still to be handed on. */
  #tryToHand(events: SequencedEvent[]): boolean {
    const last = events.at(-1);
    if (!last || this.#stopped.signal.aborted) return true;
    const before = this.#seq;
    this.#seq = last.seq;
    try {
      this.#options.onEvents(events);
      return true;
    } catch (error) {
      this.#seq = before;
      this.#options.logger.error({ err: error, seq: before }, "follower: events could not be handed on, trying again");
      return false;
    }
  }
}
