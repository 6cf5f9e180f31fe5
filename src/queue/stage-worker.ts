import { DelayedError, type Job, UnrecoverableError } from "bullmq";
import type { Stage } from "../contract/events.js";
import type { StageJob } from "../contract/jobs.js";
import { pause, withDeadline } from "../runtime/deadline.js";
import type { Service } from "../runtime/lifecycle.js";
import type { Logger } from "../runtime/logger.js";
import type { StageSettings } from "./stages.js";
import type { QueueStore, StageRunner } from "./store.js";

/** A job as its stage sees it. */
export interface TakenJob {
  id: string;
  stage: Stage;
  subjectIds: number[];
  /** Beside `subjectIds`: the request that caused it, null where none is known. */
  requestIds: (string | null)[];
  /** 1 at the first try. */
  attempt: number;
  /** Tries that it has in all. */
  attempts: number;
  /** Times that it was taken from a worker that fell silent. */
  stalled: number;
  addedAt: Date;
}

/**
 * What becomes of a job. `retry` counts as a try and waits its backoff, the last one ends as a dead letter; `dead` ends
 * so at once; `later` gives the job back without counting.
 */
export type JobFate =
  | { kind: "done" }
  | { kind: "retry"; error: Error }
  | { kind: "dead"; error: Error }
  | { kind: "later"; delayMs: number };

/** Works a job. `signal` aborts when the process stops: what waits then gives its job back. Must not throw. */
export type JobHandler = (job: TakenJob, signal: AbortSignal) => Promise<JobFate>;

export interface StageWorkerOptions {
  store: QueueStore;
  stage: Stage;
  settings: StageSettings;
  handler: JobHandler;
  logger: Logger;
  /** How long `stop` waits for jobs under way, ms. What is not done by then is recovered by another worker. */
  drainMs: number;
}

const retryStartMs = 1000;
const closeMs = 1500;

/** Takes one stage's jobs from the store, from its start until its stop; a store that is away is tried each second. */
export class StageWorker implements Service {
  readonly name: string;
  readonly #options: StageWorkerOptions;
  readonly #stopping = new AbortController();
  #opening: Promise<void> | null = null;
  #runner: StageRunner | null = null;
  #underWay = 0;
  #onIdle: (() => void) | null = null;

  constructor(options: StageWorkerOptions) {
    this.#options = options;
    this.name = `stage ${options.stage}`;
  }

  /** Resolves at once: the store may come later. */
  async start(): Promise<void> {
    this.#opening = this.#open();
  }

  /** Resolves once the worker takes jobs, or was stopped before. */
  async ready(): Promise<void> {
    await this.#opening;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#opening;
    const runner = this.#runner;
    if (!runner) return;
    const closed = runner.close();
    closed.catch(() => undefined);
    try {
      await withDeadline(
        Promise.race([closed, this.#idle()]),
        this.#options.drainMs,
        `draining ${this.#options.stage}`,
      );
      // With the store away, closing would wait for it to come back.
      await withDeadline(closed, closeMs, `closing ${this.#options.stage}`);
    } catch (error) {
      this.#options.logger.warn({ stage: this.#options.stage, err: error }, "jobs left to another worker");
      void runner.disconnect().catch(() => undefined);
    }
  }

  async #open(): Promise<void> {
    const { store, stage, settings, logger } = this.#options;
    for (let told = false; !this.#stopping.signal.aborted; ) {
      try {
        this.#runner = await store.work(stage, settings, (job, token) => this.#process(job, token));
        logger.info({ stage, concurrency: settings.concurrency, store: store.driver }, "stage works");
        return;
      } catch (error) {
        if (!told) logger.warn({ stage, err: error }, "stage waits for the queue's store");
        told = true;
        await pause(retryStartMs, this.#stopping.signal);
      }
    }
  }

  /** The fate in BullMQ's words: a return, a throw, UnrecoverableError, or DelayedError after it was moved. */
  async #process(job: Job<StageJob, null>, token: string | undefined): Promise<null> {
    this.#underWay++;
    const fate = await this.#options.handler(this.#taken(job), this.#stopping.signal).finally(() => {
      if (--this.#underWay === 0) this.#onIdle?.();
    });
    switch (fate.kind) {
      case "done":
        return null;
      case "retry":
        throw fate.error;
      case "dead":
        throw Object.assign(new UnrecoverableError(fate.error.message), { cause: fate.error });
      case "later":
        await job.moveToDelayed(Date.now() + fate.delayMs, token);
        throw new DelayedError();
    }
  }

  /** Resolves once no job is under way; what is left is to tell the store. */
  #idle(): Promise<void> {
    if (this.#underWay === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onIdle = resolve;
    });
  }

  #taken(job: Job<StageJob, null>): TakenJob {
    return {
      id: job.id ?? "",
      stage: this.#options.stage,
      subjectIds: job.data.subject_ids,
      requestIds: job.data.subject_ids.map((_, index) => job.data.request_ids[index] || null),
      attempt: job.attemptsMade + 1,
      attempts: job.opts.attempts ?? 1,
      stalled: job.stalledCounter ?? 0,
      addedAt: new Date(job.timestamp),
    };
  }
}
