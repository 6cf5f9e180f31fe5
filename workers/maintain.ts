import { type Bus, type EphemeralFrame, forgetStreams } from "../src/bus/bus.js";
import type { StageContext } from "../src/commands/context.js";
import { expireOnline } from "../src/commands/expire-online.js";
import { FileClearance } from "../src/commands/file-clearance.js";
import { forgetIdleGuests } from "../src/commands/forget-idle-guests.js";
import { forgetOldAnswers } from "../src/commands/forget-old-answers.js";
import { forgetOldDeliveries } from "../src/commands/forget-old-deliveries.js";
import { forgetOldSessions } from "../src/commands/forget-old-sessions.js";
import { UnansweredBots } from "../src/commands/hand-over-unanswered.js";
import { MisplacedTickets } from "../src/commands/misplaced-tickets.js";
import { recordQueueMinute } from "../src/commands/record-queue-minute.js";
import { settleErasures } from "../src/commands/settle-erasures.js";
import { sweep, sweepGraceMs } from "../src/commands/sweep.js";
import { takeBackLeases } from "../src/commands/take-back-leases.js";
import { wakeSnoozed } from "../src/commands/wake-snoozed.js";
import { agentPresenceFrame } from "../src/contract/agent-presence.js";
import { queueStatsFrames } from "../src/contract/queue-stats.js";
import { dropOldPartitions, ensurePartitions } from "../src/db/queries/events-partitions.js";
import { pushIsDue } from "../src/db/queries/read-pushable-agents.js";
import type { QueueAdmin } from "../src/queue/admin.js";
import type { StageProducer } from "../src/queue/stage-producer.js";
import { type FileStore, FilesUnavailable } from "../src/runtime/file-store.js";
import type { WorkerContext } from "./score.js";
import type { StageProcessor } from "./stage.js";

const hourMs = 3_600_000;
const wakeMax = 200;
/** Agents of one run that are found to be gone, and that lose what they hold. */
const expireMax = 500;
const leaseMax = 50;

export interface MaintainOptions {
  admin: QueueAdmin;
  producer: StageProducer;
  /** Shows who is gone, what it loses is lost; has copies of what was erased forgotten. */
  bus: Pick<Bus, "publishEphemeral" | "publishControl">;
  /** How long an absent agent keeps its tickets, minutes; 0: for ever. */
  leaseMinutes: number;
  eventRetentionDays: number;
  /** How long sent events of webhooks are listed, days. */
  deliveryRetentionDays: number;
  /** How long a customer waits for the bot's answer, seconds. */
  botAnswerWithinS: number;
  /** Where the uploads are. */
  files: FileStore;
}

/**
 * Stage `maintain`: brings back what was lost on its way, sets agents offline that are gone and takes back what they
 * leave undone, asks for the push where it did not happen, wakes snoozed tickets, once an hour makes and drops the
 * log's partitions and forgets guests who never wrote, has routed again what a change of queues left in the wrong one, writes the queues' history,
 * goes on with erasures of customers that were interrupted, and removes files that nobody can have.
 * Without the queue store's marker its jobs are lost: then all that is undone is enqueued at once, and the marker is set
 * after it.
 */
export function maintainStage(ctx: WorkerContext, options: MaintainOptions): StageProcessor {
  const { admin, producer } = options;
  const queue = {
    oldestWaitingMs: admin.oldestWaitingMs.bind(admin),
    knownSubjects: admin.knownSubjects.bind(admin),
    enqueue: producer.enqueue.bind(producer),
  };
  const misplaced = new MisplacedTickets(ctx.db);
  const clearance = new FileClearance(ctx, options.files);
  const unanswered = new UnansweredBots({ ...ctx, requestId: null }, options.botAnswerWithinS);
  let hourlyAt = Number.NEGATIVE_INFINITY;
  return async ({ requestId }) => {
    const jobsLost = !(await admin.hasMarker());
    const swept = await sweep(ctx, queue, jobsLost ? 0 : sweepGraceMs);
    if (jobsLost) await admin.setMarker();
    const gone = await lookForTheGone({ ...ctx, requestId }, options);
    const pushDue = await pushIsDue(ctx.db.kysely);
    if (pushDue) await producer.enqueue("assign", [{ subjectId: 0, requestId }]);
    const woken = await wakeSnoozed({ ...ctx, requestId }, wakeMax);
    if (performance.now() - hourlyAt >= hourMs) {
      await ensurePartitions(ctx.db);
      // What cannot be dropped now is tried at the next hour, what cannot be made at the next run.
      hourlyAt = performance.now();
      await dropOldPartitions(ctx.db, options.eventRetentionDays);
      await forgetIdleGuests(ctx);
    }
    const handedOver = await unanswered.handOver();
    const moving = await misplaced.next();
    if (moving.length > 0) await producer.enqueue("route", itemsOf(moving));
    const minute = await recordQueueMinute(ctx);
    if (minute) await show(queueStatsFrames(minute.minute, minute.rows), options);
    await forgetOldAnswers(ctx);
    await forgetOldSessions(ctx);
    await forgetOldDeliveries(ctx, options.deliveryRetentionDays);
    const erased = await goOnErasing({ ...ctx, requestId }, options.bus);
    const cleared = await clearFiles(clearance);
    const idle =
      !jobsLost &&
      !pushDue &&
      gone === null &&
      erased === null &&
      cleared === null &&
      woken + moving.length + handedOver === 0 &&
      Object.values(swept).every((count) => count === 0);
    return idle
      ? null
      : {
          swept,
          woken,
          moving: moving.length,
          ...(handedOver > 0 ? { handed_over: handedOver } : {}),
          ...gone,
          ...erased,
          ...cleared,
          ...(pushDue ? { push_due: true } : {}),
          ...(jobsLost ? { jobs_lost: true } : {}),
        };
  };
}

/** Shows frames to who watches; what is lost is lost. */
async function show(frames: readonly EphemeralFrame[], { bus }: Pick<MaintainOptions, "bus">): Promise<void> {
  await Promise.allSettled(frames.map((frame) => bus.publishEphemeral(frame)));
}

const itemsOf = (ids: readonly number[]) => ids.map((subjectId) => ({ subjectId, requestId: null }));

/** Agents that went without a word. What was done, for the log; null: nothing. */
async function lookForTheGone(
  ctx: StageContext,
  { bus, leaseMinutes }: Pick<MaintainOptions, "bus" | "leaseMinutes">,
): Promise<Record<string, unknown> | null> {
  const expired = await expireOnline(ctx, expireMax);
  const leases = await takeBackLeases(ctx, { minutes: leaseMinutes, limit: leaseMax });
  const changed = [...expired, ...leases.agents];
  await show(changed.map(agentPresenceFrame), { bus });
  if (changed.length === 0 && leases.failed.length === 0) return null;
  return {
    expired: expired.length,
    taken_back: leases.tickets,
    ...(leases.failed.length > 0 ? { lease_failures: leases.failed.map(inWords) } : {}),
  };
}

function inWords({ agentId, error }: { agentId: number; error: unknown }): string {
  return `agent ${agentId}: ${sentenceOf(error)}`;
}

/** Erasures of customers that are not through. What was done, for the log; null: nothing. */
async function goOnErasing(
  ctx: StageContext,
  bus: Pick<Bus, "publishControl">,
): Promise<Record<string, unknown> | null> {
  const { continued, ended, failed } = await settleErasures(ctx, (streams) =>
    bus.publishControl(forgetStreams(streams)),
  );
  if (continued + ended + failed.length === 0) return null;
  const failures = failed.map(({ customerId, error }) => `customer ${customerId}: ${sentenceOf(error)}`);
  return { erasures: { continued, ended, ...(failures.length > 0 ? { failures } : {}) } };
}

/** Files that nobody can have. What was done, for the log; null: nothing. A disk that is away keeps nothing else. */
async function clearFiles(clearance: FileClearance): Promise<Record<string, unknown> | null> {
  try {
    const files = await clearance.run();
    return files.unused + files.removed + files.strays === 0 ? null : { files };
  } catch (error) {
    if (!(error instanceof FilesUnavailable)) throw error;
    return { files_failure: sentenceOf(error.cause ?? error) };
  }
}

function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
