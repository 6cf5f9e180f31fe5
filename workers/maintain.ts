import { sweep, sweepGraceMs } from "../src/commands/sweep.js";
import { wakeSnoozed } from "../src/commands/wake-snoozed.js";
import { dropOldPartitions, ensurePartitions } from "../src/db/queries/events-partitions.js";
import { pushIsDue } from "../src/db/queries/read-pushable-agents.js";
import type { QueueAdmin } from "../src/queue/admin.js";
import type { StageProducer } from "../src/queue/stage-producer.js";
import type { WorkerContext } from "./score.js";
import type { StageProcessor } from "./stage.js";

const partitionsEveryMs = 3_600_000;
const wakeMax = 200;

export interface MaintainOptions {
  admin: QueueAdmin;
  producer: StageProducer;
  eventRetentionDays: number;
}

/**
 * Stage `maintain`: brings back what was lost on its way, asks for the push where it did not happen, wakes snoozed tickets, and once an hour makes and drops the
 * log's partitions. Without the queue store's marker its jobs are lost: then all that is undone is enqueued at once,
 * and the marker is set after it.
 */
export function maintainStage(ctx: WorkerContext, options: MaintainOptions): StageProcessor {
  const { admin, producer } = options;
  const queue = {
    oldestWaitingMs: admin.oldestWaitingMs.bind(admin),
    knownSubjects: admin.knownSubjects.bind(admin),
    enqueue: producer.enqueue.bind(producer),
  };
  let partitionsAt = Number.NEGATIVE_INFINITY;
  return async ({ requestId }) => {
    const jobsLost = !(await admin.hasMarker());
    const swept = await sweep(ctx, queue, jobsLost ? 0 : sweepGraceMs);
    if (jobsLost) await admin.setMarker();
    const pushDue = await pushIsDue(ctx.db.kysely);
    if (pushDue) await producer.enqueue("assign", [{ subjectId: 0, requestId }]);
    const woken = await wakeSnoozed({ ...ctx, requestId }, wakeMax);
    if (performance.now() - partitionsAt >= partitionsEveryMs) {
      await ensurePartitions(ctx.db);
      // What cannot be dropped now is tried at the next hour, what cannot be made at the next run.
      partitionsAt = performance.now();
      await dropOldPartitions(ctx.db, options.eventRetentionDays);
    }
    const idle = !jobsLost && !pushDue && woken === 0 && Object.values(swept).every((count) => count === 0);
    return idle
      ? null
      : { swept, woken, ...(pushDue ? { push_due: true } : {}), ...(jobsLost ? { jobs_lost: true } : {}) };
  };
}
