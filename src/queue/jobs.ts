import type { Job, JobType } from "bullmq";
import { type Stage, stages } from "../contract/events.js";
import type { StageJob } from "../contract/jobs.js";
import { withDeadline } from "../runtime/deadline.js";
import type { JobLock, QueueStore, StageQueue } from "./store.js";

/** Where a job can be. `dead` is what used up its tries, `done` what ended well and is still kept. */
export const jobStates = ["waiting", "active", "delayed", "dead", "done"] as const;
export type JobState = (typeof jobStates)[number];

/** A job as a person looks at it. */
export interface JobView {
  stage: Stage;
  id: string;
  state: JobState;
  subjectIds: number[];
  /** Beside `subjectIds`, "" where none is known. */
  requestIds: string[];
  /** Tries made, and tries that it has. */
  attempts: number;
  attemptsMax: number;
  /** Times that it was taken from a worker that fell silent. */
  stalled: number;
  /** 1 is worked first; 0: the stage has no priorities. */
  priority: number;
  addedAt: Date;
  /** Begun last. */
  begunAt: Date | null;
  endedAt: Date | null;
  /** The worker process that took it last. */
  workedBy: string | null;
  reason: string | null;
  /** One for each failed try. */
  stack: string[];
  /** Only for an active job, and only where it was asked for. */
  lock: JobLock | null;
}

type AnyJob = Job<StageJob, null, string>;

const lookDeadlineMs = 5000;
/** Actions on a whole stage go job by job or a thousand at a time: they may take as long as there are many. */
const actDeadlineMs = 60_000;
const minuteMs = 60_000;

const typesOf: Record<JobState, JobType[]> = {
  waiting: ["waiting", "prioritized"],
  active: ["active"],
  delayed: ["delayed"],
  dead: ["failed"],
  done: ["completed"],
};

/** Looks at single jobs and moves them, on any store: for the CLI. Rejects within seconds when the store is away. */
export class QueueJobs {
  readonly #store: QueueStore;

  constructor(store: QueueStore) {
    this.#store = store;
  }

  /** Jobs of a state: waiting, active and delayed ones in the order of their turn, dead and done ones newest first. */
  async list(stage: Stage, state: JobState, offset: number, limit: number): Promise<JobView[]> {
    if (limit <= 0) return [];
    const queue = await this.#store.queue(stage);
    const jobs = await withDeadline(page(queue, state, offset, limit), lookDeadlineMs, `looking at ${stage}`);
    return jobs.map((job) => viewOf(stage, state, job));
  }

  /** The jobs of that id: one in each stage at most, because each stage counts its own. */
  async find(id: string, within: readonly Stage[] = stages): Promise<JobView[]> {
    const found = await Promise.all(within.map((stage) => this.#findIn(stage, id)));
    return found.filter((job) => job !== null);
  }

  async #findIn(stage: Stage, id: string): Promise<JobView | null> {
    const queue = await this.#store.queue(stage);
    const look = async () => {
      const job = await queue.getJob(id);
      if (!job) return null;
      const state = stateOf(await job.getState());
      if (state === null) return null;
      const lock = state === "active" ? await this.#store.lockOf(stage, id) : null;
      return { ...viewOf(stage, state, job), lock };
    };
    return withDeadline(look(), lookDeadlineMs, `looking for ${id} in ${stage}`);
  }

  isPaused(stage: Stage): Promise<boolean> {
    return this.#with(stage, lookDeadlineMs, (queue) => queue.isPaused());
  }

  /**
   * Jobs that ended well in the last minute; `atLeast` when more did than the store keeps. null where it keeps none and
   * cannot tell.
   */
  async doneLastMinute(stage: Stage): Promise<{ count: number; atLeast: boolean } | null> {
    if (this.#store.keptCompleted === 0) return null;
    return this.#with(stage, lookDeadlineMs, async (queue) => {
      const kept = (await queue.getJobCounts("completed")).completed ?? 0;
      const since = Date.now() - minuteMs;
      const count = await firstIndex(kept, async (index) => {
        const [job] = await queue.getJobs(["completed"], index, index);
        return (job?.finishedOn ?? 0) < since;
      });
      return { count, atLeast: count >= this.#store.keptCompleted };
    });
  }

  /** Gives a dead job all its tries again. Rejects when it is not dead. */
  retry(stage: Stage, id: string): Promise<void> {
    return this.#withJob(stage, id, (job) =>
      job.retry("failed", { resetAttemptsMade: true, resetAttemptsStarted: true }),
    );
  }

  /** Lets a delayed job begin now. Rejects when it is not delayed. */
  promote(stage: Stage, id: string): Promise<void> {
    return this.#withJob(stage, id, (job) => job.promote());
  }

  /** Lets all delayed jobs of a stage begin now. */
  promoteAll(stage: Stage): Promise<void> {
    return this.#with(stage, actDeadlineMs, (queue) => queue.promoteJobs());
  }

  /** Removes what waits in a stage, and what is delayed too if asked; what is being worked and what is dead stays. */
  drain(stage: Stage, delayedToo: boolean): Promise<void> {
    return this.#with(stage, actDeadlineMs, (queue) => queue.drain(delayedToo));
  }

  async #with<T>(stage: Stage, deadlineMs: number, work: (queue: StageQueue) => Promise<T>): Promise<T> {
    const queue = await this.#store.queue(stage);
    return withDeadline(work(queue), deadlineMs, `the queue's store (${stage})`);
  }

  #withJob(stage: Stage, id: string, work: (job: AnyJob) => Promise<void>): Promise<void> {
    return this.#with(stage, lookDeadlineMs, async (queue) => {
      const job = await queue.getJob(id);
      if (!job) throw new Error(`there is no job ${id} in ${stage} any more`);
      await work(job as unknown as AnyJob);
    });
  }
}

/**
 * A page of a state. The plain line has its oldest at the far end, on both stores and whatever order is asked for; those
 * with a priority come after it.
 */
async function page(queue: StageQueue, state: JobState, offset: number, limit: number): Promise<AnyJob[]> {
  const read = async (types: JobType[], from: number, count: number, asc: boolean) =>
    count <= 0 ? [] : ((await queue.getJobs(types, from, from + count - 1, asc)) as unknown as (AnyJob | undefined)[]);
  const present = (jobs: (AnyJob | undefined)[]) => jobs.filter((job) => job?.id !== undefined) as AnyJob[];
  if (state !== "waiting") return present(await read(typesOf[state], offset, limit, state === "delayed"));
  const counts = await queue.getJobCounts(...(["waiting", "paused"] as JobType[]));
  const plain = (counts.waiting ?? 0) + (counts.paused ?? 0);
  const end = Math.max(0, plain - offset);
  const start = Math.max(0, end - limit);
  const line = present(await read(["waiting"], start, end - start, false)).reverse();
  const rest = await read(["prioritized"], Math.max(0, offset - plain), limit - line.length, true);
  return [...line, ...present(rest)];
}

function stateOf(state: string): JobState | null {
  if (state === "paused" || state === "waiting" || state === "prioritized") return "waiting";
  return jobStates.find((name) => typesOf[name].some((type) => type === state)) ?? null;
}

const timeOf = (ms: number | null | undefined) => (ms ? new Date(ms) : null);

function viewOf(stage: Stage, state: JobState, job: AnyJob): JobView {
  return {
    stage,
    id: job.id ?? "",
    state,
    subjectIds: job.data.subject_ids ?? [],
    requestIds: job.data.request_ids ?? [],
    attempts: job.attemptsMade,
    attemptsMax: job.opts.attempts ?? 1,
    stalled: job.stalledCounter ?? 0,
    priority: job.priority ?? 0,
    addedAt: new Date(job.timestamp),
    begunAt: timeOf(job.processedOn),
    endedAt: timeOf(job.finishedOn),
    workedBy: job.processedBy ?? null,
    reason: job.failedReason ?? null,
    stack: job.stacktrace ?? [],
    lock: null,
  };
}

/** The first index from 0 up to `count` for which `isPast` holds, which holds for all after it too; `count` if none. */
async function firstIndex(count: number, isPast: (index: number) => Promise<boolean>): Promise<number> {
  let [low, high] = [0, count];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (await isPast(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
