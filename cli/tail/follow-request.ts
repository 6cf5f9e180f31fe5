import type { SequencedEvent } from "../../src/contract/events.js";
import type { Database } from "../../src/db/database.js";
import { readRequestEvents } from "../../src/db/queries/read-outbox.js";
import type { QueueJobs } from "../../src/queue/jobs.js";
import { pause } from "../../src/runtime/deadline.js";
import { logSteps } from "./log-lines.js";
import { causedBy, eventStep, isOpen, jobsOf, type Step, tracesOf } from "./request-life.js";

export interface FollowRequestOptions {
  db: Database;
  jobs: Pick<QueueJobs, "list">;
  requestId: string;
  /** Files with the processes' log lines. */
  logs: readonly string[];
  onStep: (step: Step, since: { first: Date; before: Date }) => void;
  /** A hint, which no script reads; each is said once. */
  onNote: (sentence: string) => void;
}

/** How often what is not at its end is looked at again. */
const lookEveryMs = 500;

/**
 * A request's whole life: what the tables, the log and the queue keep of it, in the order of time, and then what comes. Each
 * step is told once; one that changes (a job that was begun, a delivery that was sent) is told as a further one.
 */
export class FollowRequest {
  readonly #options: FollowRequestOptions;
  readonly #events = new Map<number, SequencedEvent>();
  readonly #told = new Set<string>();
  readonly #notes = new Set<string>();
  #first: Date | null = null;
  #before: Date | null = null;
  #isOpen = false;
  #wakeUp: (() => void) | null = null;

  constructor(options: FollowRequestOptions) {
    this.#options = options;
  }

  /** Tells what is known up to `upTo` in the log, of the last `lookBack` events. Returns how many steps that were. */
  async past(upTo: number, lookBack: number): Promise<number> {
    const { db, requestId, logs } = this.#options;
    for (const event of await readRequestEvents(db.kysely, requestId, { after: upTo - lookBack, upTo })) {
      this.#events.set(event.seq, event);
    }
    const logged = (await Promise.all(logs.map((path) => logSteps(path, requestId)))).flat();
    await this.#look(logged);
    return this.#told.size;
  }

  /** An event as it is published. */
  take(event: SequencedEvent): void {
    if (event.request_id !== this.#options.requestId || this.#events.has(event.seq)) return;
    this.#events.set(event.seq, event);
    this.#tell([eventStep(event)]);
    this.#isOpen = true;
    this.#wakeUp?.();
  }

  /** Goes on telling until the signal: what comes live, and what becomes of what is under way. */
  async goOn(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      if (!this.#isOpen) await this.#untilWoken(signal);
      await pause(lookEveryMs, signal);
      if (!signal.aborted) await this.#look([]);
    }
  }

  async #look(more: readonly Step[]): Promise<void> {
    const { db, jobs, requestId } = this.#options;
    const events = [...this.#events.values()];
    const traces = await tracesOf(db.kysely, requestId, events);
    const found = await jobsOf(jobs, requestId, causedBy(events), (sentence) => this.#note(sentence));
    const open = [...traces, ...found];
    this.#isOpen = open.some(isOpen);
    this.#tell([...more, ...events.map(eventStep), ...open]);
  }

  #tell(steps: readonly Step[]): void {
    const news = steps
      .filter(({ key }) => !this.#told.has(key))
      .sort((one, other) => one.at.getTime() - other.at.getTime());
    for (const step of news) {
      if (this.#told.has(step.key)) continue;
      this.#told.add(step.key);
      this.#first ??= step.at;
      this.#options.onStep(step, { first: this.#first, before: this.#before ?? step.at });
      this.#before = step.at;
    }
  }

  #note(sentence: string): void {
    if (this.#notes.has(sentence)) return;
    this.#notes.add(sentence);
    this.#options.onNote(sentence);
  }

  #untilWoken(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      this.#wakeUp = resolve;
      signal.addEventListener("abort", () => resolve(), { once: true });
      if (signal.aborted) resolve();
    });
  }
}
