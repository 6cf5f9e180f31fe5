import type { JobsOptions } from "bullmq";
import type { Stage } from "../contract/events.js";
import type { StageJob } from "../contract/jobs.js";
import { withDeadline } from "../runtime/deadline.js";
import type { Settings } from "../runtime/settings.js";
import type { Producer, QueueItem } from "./producer.js";
import { priorityOf, type StageSettings, soloMax, stageSettings } from "./stages.js";
import { type QueueStore, StoreAwayError, storeDeadlineMs } from "./store.js";
import { backoffName } from "./worker-options.js";

/** An item with the time since when it waits: what a sweep finds again is as old as it is, not as its new job. */
export interface AgedItem extends QueueItem {
  since?: Date;
}

/** A Producer that also knows of age, and can give every subject a job of its own. */
export interface StageProducer extends Producer {
  enqueue(stage: Stage, items: readonly AgedItem[]): Promise<void>;
  /** One job for each item, however many: what failed together is tried apart. */
  enqueueAlone(stage: Stage, items: readonly QueueItem[]): Promise<void>;
}

type Limits = Pick<Settings, "STAGE_CONCURRENCY" | "JOB_ATTEMPTS" | "JOB_LOCK_MS">;

/** What `items` become: batches of at most `batchMax`, the urgent ones together where the stage has priorities. */
export function batchesOf(items: readonly AgedItem[], batchMax: number, prioritised: boolean): AgedItem[][] {
  const groups = new Map<number, AgedItem[]>();
  for (const item of items) {
    const key = prioritised ? priorityOf(item.urgency) : 0;
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  const batches: AgedItem[][] = [];
  for (const [, group] of [...groups].sort(([a], [b]) => a - b)) {
    for (let from = 0; from < group.length; from += batchMax) batches.push(group.slice(from, from + batchMax));
  }
  return batches;
}

/**
 * Puts work on the queue of `store` (the interface says what it promises). The store stays open: who opened it closes
 * it. Up to `soloMax` items get a job each, more share jobs of up to 100.
 */
export function createProducer(store: QueueStore, limits: Limits): StageProducer {
  let closed = false;

  async function add(stage: Stage, settings: StageSettings, batches: AgedItem[][]): Promise<void> {
    if (closed) throw new StoreAwayError("the producer is closed");
    const queue = await store.queue(stage);
    const jobs = batches.map((batch) => ({
      name: stage,
      data: jobOf(batch),
      opts: { ...jobOptions(store, settings, batch[0]?.urgency), ...sinceOf(batch) },
    }));
    await withDeadline(queue.addBulk(jobs), storeDeadlineMs, `enqueueing ${stage}`);
  }

  async function once(stage: Stage, settings: StageSettings): Promise<void> {
    if (closed) throw new StoreAwayError("the producer is closed");
    const queue = await store.queue(stage);
    const opts = { ...jobOptions(store, settings, undefined), deduplication: { id: stage, keepLastIfActive: true } };
    const data: StageJob = { subject_ids: [], request_ids: [] };
    await withDeadline(queue.add(stage, data, opts), storeDeadlineMs, `enqueueing ${stage}`);
  }

  return {
    async enqueue(stage, items) {
      if (items.length === 0) return;
      const settings = stageSettings(stage, limits);
      if (settings.once) return once(stage, settings);
      const batchMax = items.length <= soloMax ? 1 : settings.batchMax;
      await add(stage, settings, batchesOf(items, batchMax, settings.prioritised));
    },
    async enqueueAlone(stage, items) {
      if (items.length === 0) return;
      const settings = stageSettings(stage, limits);
      await add(stage, settings, batchesOf(items, 1, settings.prioritised));
    },
    async close() {
      closed = true;
    },
  };
}

/** `request_ids` stands beside `subject_ids`, "" where no request is known. */
function jobOf(batch: readonly QueueItem[]): StageJob {
  return {
    subject_ids: batch.map((item) => item.subjectId),
    request_ids: batch.map((item) => item.requestId ?? ""),
  };
}

/** The time of the batch's oldest item, where it is known; else the job is as old as itself. */
function sinceOf(batch: readonly AgedItem[]): { timestamp?: number } {
  const times = batch.flatMap((item) => (item.since ? [item.since.getTime()] : []));
  return times.length > 0 ? { timestamp: Math.min(...times) } : {};
}

function jobOptions(store: QueueStore, settings: StageSettings, urgency: number | undefined): JobsOptions {
  return {
    attempts: settings.attempts,
    backoff: { type: backoffName },
    removeOnComplete: store.keptCompleted === 0 ? true : { count: store.keptCompleted },
    removeOnFail: { count: settings.keptDead },
    stackTraceLimit: 5,
    ...(settings.prioritised ? { priority: priorityOf(urgency) } : {}),
  };
}
