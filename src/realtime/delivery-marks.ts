import { conversationOf, type SequencedEvent } from "../contract/events.js";
import { pause } from "../runtime/deadline.js";
import type { Service } from "../runtime/lifecycle.js";
import type { Logger } from "../runtime/logger.js";

/** How far somebody was sent a conversation. */
export interface SentMark {
  conversationId: number;
  userId: number;
  seq: number;
}

export interface DeliveryMarksOptions {
  /** The users with a socket in a conversation's room here. */
  usersIn: (conversationId: number) => Iterable<number>;
  /** Writes marks; answers those that it could not write now. */
  note: (marks: readonly SentMark[]) => Promise<readonly SentMark[]>;
  logger: Logger;
  /** How often what has come together is written, ms. */
  everyMs?: number;
}

/** Marks of one trip. */
const batch = 1000;
/** Marks that are kept while the database is away; a later message of the same conversation brings what is lost. */
const keptMax = 50_000;

/**
 * Notes that what was said has gone to the sockets of those who are in its room (`delivered`): not with each frame, but
 * the furthest of each participant, twice a second, in one trip. What cannot be written is tried again.
 */
export class DeliveryMarks implements Service {
  readonly name = "delivery-marks";
  readonly #options: DeliveryMarksOptions;
  readonly #stopping = new AbortController();
  #due = new Map<string, SentMark>();
  #failing = false;
  #loop: Promise<void> | null = null;

  constructor(options: DeliveryMarksOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    this.#loop = this.#run();
  }

  /** Writes what is due once more. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#loop;
    await this.#write();
  }

  /** Events of the log, once they were sent to the sockets. Never throws, never waits. */
  onEvents(events: readonly SequencedEvent[]): void {
    for (const { stream, type, payload } of events) {
      if (type !== "message:new") continue;
      const conversationId = conversationOf(stream);
      const said = payload.message as { seq: number; sender: { id: number } | null } | undefined;
      if (conversationId === null || !said) continue;
      for (const userId of this.#options.usersIn(conversationId)) {
        if (userId !== said.sender?.id) this.#add({ conversationId, userId, seq: said.seq });
      }
    }
  }

  #add(mark: SentMark): void {
    const key = `${mark.conversationId} ${mark.userId}`;
    const due = this.#due.get(key);
    if (due ? due.seq < mark.seq : this.#due.size < keptMax) this.#due.set(key, mark);
  }

  async #run(): Promise<void> {
    const { everyMs = 500 } = this.#options;
    const { signal } = this.#stopping;
    for (;;) {
      await pause(everyMs, signal);
      if (signal.aborted) return;
      await this.#write();
    }
  }

  async #write(): Promise<void> {
    const due = [...this.#due.values()];
    this.#due = new Map();
    for (let start = 0; start < due.length; start += batch) {
      const marks = due.slice(start, start + batch);
      for (const left of await this.#note(marks)) this.#add(left);
    }
  }

  /** Said once until it works again. */
  async #note(marks: readonly SentMark[]): Promise<readonly SentMark[]> {
    const { note, logger } = this.#options;
    try {
      const left = await note(marks);
      if (this.#failing) logger.info("what was delivered to sockets is noted again");
      this.#failing = false;
      return left;
    } catch (error) {
      if (!this.#failing) logger.warn({ err: error }, "what was delivered to sockets cannot be noted, trying again");
      this.#failing = true;
      return marks;
    }
  }
}
