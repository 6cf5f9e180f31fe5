import type { JobType } from "bullmq";
import type { Stage } from "../contract/events.js";
import { stages } from "../contract/events.js";
import { withDeadline } from "../runtime/deadline.js";
import { keptDead, priorities } from "./stages.js";
import type { QueueStore, StageQueue } from "./store.js";

/** How much of a stage's work is in which state. */
export interface StageCounts {
  waiting: number;
  active: number;
  delayed: number;
  completed: number;
  dead: number;
}

/** What a stage has to do, and for how long the oldest of it waits; null: nothing waits for its first try. */
export interface StageFigures extends StageCounts {
  stage: Stage;
  oldestMs: number | null;
}

/** A job that used up its tries. */
export interface DeadLetter {
  stage: Stage;
  id: string;
  subjectIds: number[];
  reason: string;
  attempts: number;
  failedAt: Date | null;
}

const lookDeadlineMs = 5000;
const delayedMax = 1000;
const activeMax = 1000;
/** A job that is active for longer than this no longer counts as being worked: its worker may be dead. */
const activeFreshMs = 10_000;
const page = 500;

/** Looks into the queue, and works on dead letters: for the sweep, readiness, metrics, the board and the CLI. */
export class QueueAdmin {
  readonly #store: QueueStore;
  /** Subjects of dead letters by stage and job, so that each is read once. */
  readonly #dead = new Map<Stage, Map<string, number[]>>();

  constructor(store: QueueStore) {
    this.#store = store;
  }

  get driver(): "redis" | "postgres" {
    return this.#store.driver;
  }

  /** Resolves if the store answers within `timeoutMs`, else rejects. */
  ping(timeoutMs: number): Promise<void> {
    return this.#store.ping(timeoutMs);
  }

  hasMarker(): Promise<boolean> {
    return withDeadline(this.#store.hasMarker(), lookDeadlineMs, "the queue's marker");
  }

  setMarker(): Promise<void> {
    return withDeadline(this.#store.setMarker(), lookDeadlineMs, "the queue's marker");
  }

  async counts(): Promise<Record<Stage, StageCounts>> {
    const all = await Promise.all(stages.map(async (stage) => [stage, await this.countsOf(stage)] as const));
    return Object.fromEntries(all) as Record<Stage, StageCounts>;
  }

  /** `waiting` includes what waits with a priority. */
  async countsOf(stage: Stage): Promise<StageCounts> {
    const queue = await this.#store.queue(stage);
    const counts = await withDeadline(
      queue.getJobCounts(...waitingTypes, "prioritized", "active", "delayed", "completed", "failed"),
      lookDeadlineMs,
      `counting ${stage}`,
    );
    return {
      waiting: plainWaiting(counts) + (counts.prioritized ?? 0),
      active: counts.active ?? 0,
      delayed: counts.delayed ?? 0,
      completed: counts.completed ?? 0,
      dead: counts.failed ?? 0,
    };
  }

  /** Every stage's counts, and the age of what waits longest in it. */
  async figures(): Promise<StageFigures[]> {
    return Promise.all(
      stages.map(async (stage) => {
        const [counts, oldestMs] = await Promise.all([this.countsOf(stage), this.oldestWaitingMs(stage)]);
        return { stage, ...counts, oldestMs };
      }),
    );
  }

  /** Age of the oldest job that waits for its first try, ms; null when none waits. */
  async oldestWaitingMs(stage: Stage): Promise<number | null> {
    const queue = await this.#store.queue(stage);
    const heads = await withDeadline(headsOf(queue), lookDeadlineMs, `looking at ${stage}`);
    if (heads.length === 0) return null;
    return Math.max(0, Date.now() - Math.min(...heads));
  }

  /**
   * What a sweep must leave alone although it looks undone: subjects of dead letters (at most 10,000 jobs), of jobs
   * that wait for another try (1,000), and of jobs that were begun in the last 10 s (1,000).
   */
  async knownSubjects(stage: Stage): Promise<number[]> {
    const queue = await this.#store.queue(stage);
    const read = async () => {
      const dead = await this.#deadSubjects(stage, queue);
      const delayed = await queue.getJobs(["delayed"], 0, delayedMax - 1);
      const since = Date.now() - activeFreshMs;
      const active = (await queue.getJobs(["active"], 0, activeMax - 1)).filter(
        (job) => (job.processedOn ?? 0) > since,
      );
      return [...dead, ...[...delayed, ...active].flatMap((job) => job?.data.subject_ids ?? [])];
    };
    return withDeadline(read(), lookDeadlineMs, `looking at ${stage}`);
  }

  /** The newest dead letters of a stage. */
  async deadLetters(stage: Stage, limit: number): Promise<DeadLetter[]> {
    const queue = await this.#store.queue(stage);
    const jobs = await withDeadline(
      queue.getJobs(["failed"], 0, limit - 1),
      lookDeadlineMs,
      `dead letters of ${stage}`,
    );
    return jobs
      .filter((job) => job?.id !== undefined)
      .map((job) => ({
        stage,
        id: job.id ?? "",
        subjectIds: job.data.subject_ids,
        reason: job.failedReason ?? "",
        attempts: job.attemptsMade,
        failedAt: job.finishedOn ? new Date(job.finishedOn) : null,
      }));
  }

  /** Gives every dead letter of a stage its tries again. */
  async retryDead(stage: Stage): Promise<void> {
    const queue = await this.#store.queue(stage);
    await queue.retryJobs({ state: "failed" });
  }

  /** Lets no worker begin a job of the stage until `resume`; what is enqueued waits. */
  async pause(stage: Stage): Promise<void> {
    await (await this.#store.queue(stage)).pause();
  }

  async resume(stage: Stage): Promise<void> {
    await (await this.#store.queue(stage)).resume();
  }

  async #deadSubjects(stage: Stage, queue: StageQueue): Promise<number[]> {
    const known = this.#dead.get(stage) ?? new Map<string, number[]>();
    const ids = await queue.getRanges(["failed"], 0, keptDead - 1);
    const now = new Map<string, number[]>();
    const unread: string[] = [];
    for (const id of ids) {
      const subjects = known.get(id);
      if (subjects) now.set(id, subjects);
      else unread.push(id);
    }
    for (let from = 0; from < unread.length; from += page) {
      const jobs = await Promise.all(unread.slice(from, from + page).map((id) => queue.getJob(id)));
      for (const job of jobs) if (job?.id) now.set(job.id, job.data.subject_ids);
    }
    this.#dead.set(stage, now);
    return [...now.values()].flat();
  }
}

/**
 * A paused queue on Postgres counts what waits as `paused`, a type that BullMQ's own list of types no longer has; on
 * Redis it stays `waiting`.
 */
const waitingTypes = ["waiting", "paused"] as JobType[];

function plainWaiting(counts: Record<string, number>): number {
  return (counts.waiting ?? 0) + (counts.paused ?? 0);
}

/** Jobs read around the head of a line, because the line moves between counting and reading. */
const headWindow = 20;

/**
 * When the first jobs of each line were added. Plain jobs are one line, its oldest at the far end (only so read do both
 * stores agree: Postgres ignores the order that is asked for there). Jobs with a priority stand in one line for each
 * priority, one after the other, each by arrival: its first one is where the ones before it end.
 */
async function headsOf(queue: StageQueue): Promise<number[]> {
  const times: number[] = [];
  for (let look = 0; look < 3 && times.length === 0; look++) {
    const waiting = plainWaiting(await queue.getJobCounts(...waitingTypes));
    if (waiting === 0) break;
    const jobs = await queue.getJobs(["waiting"], Math.max(0, waiting - headWindow), waiting - 1);
    times.push(...jobs.map((job) => job.timestamp));
  }
  const counts = await queue.getCountsPerPriority([...priorities]);
  let before = 0;
  for (const priority of priorities) {
    const count = counts[priority] ?? 0;
    if (count === 0) continue;
    const jobs = await queue.getJobs(["prioritized"], Math.max(0, before - headWindow), before, true);
    times.push(...jobs.map((job) => job.timestamp));
    before += count;
  }
  return times;
}
