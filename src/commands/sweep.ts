import type { Executor } from "../db/database.js";
import {
  findUndelivered,
  findUnrouted,
  findUnscored,
  type LostWork,
  type LostWorkScope,
  readEnqueuedUpTo,
} from "../db/queries/find-lost-work.js";
import type { StageContext } from "./context.js";

/** The stages whose work can be found again in the tables. */
export const sweptStages = ["score", "route", "deliver"] as const;
export type SweptStage = (typeof sweptStages)[number];

/** What the sweep needs of the queue; whoever runs it brings it along. */
export interface SweptQueue {
  /** Age of the oldest job that waits for its first try, ms; null when none waits. */
  oldestWaitingMs(stage: SweptStage): Promise<number | null>;
  /** What looks undone and is to be left alone: dead letters, what waits for another try, what is being worked. */
  knownSubjects(stage: SweptStage): Promise<number[]>;
  enqueue(
    stage: SweptStage,
    items: readonly { subjectId: number; requestId: string | null; since: Date }[],
  ): Promise<void>;
}

/** How old undone work must be before it counts as lost, over what still stands in the queue. */
export const sweepGraceMs = 5000;
/** Rows that one sweep enqueues again at most, each stage. */
export const sweepMax = 1000;

const finders: Record<SweptStage, (db: Executor, scope: LostWorkScope) => Promise<LostWork[]>> = {
  score: findUnscored,
  route: findUnrouted,
  deliver: findUndelivered,
};

/**
 * Enqueues again, from the tables, what was lost on its way (DESIGN.md 5): work older than all that still waits in its
 * stage's queue or in the outbox, plus `graceMs` (0 when the queue is known to have lost its jobs). What is enqueued
 * twice is harmless, so nothing is locked. In calm times this is three index looks, and the queue is not asked.
 * Returns how many were enqueued, by stage.
 */
export async function sweep(
  ctx: Pick<StageContext, "db">,
  queue: SweptQueue,
  graceMs: number,
): Promise<Record<SweptStage, number>> {
  const swept: Record<SweptStage, number> = { score: 0, route: 0, deliver: 0 };
  for (const stage of sweptStages) swept[stage] = await sweepStage(ctx, queue, graceMs, stage);
  return swept;
}

async function sweepStage(
  ctx: Pick<StageContext, "db">,
  queue: SweptQueue,
  graceMs: number,
  stage: SweptStage,
): Promise<number> {
  const db = ctx.db.kysely;
  const find = finders[stage];
  const { now, upTo } = await readEnqueuedUpTo(db);
  const enqueued = new Date(upTo.getTime() - graceMs);
  if ((await find(db, { before: enqueued, except: [], limit: 1 })).length === 0) return 0;
  const waitingMs = await queue.oldestWaitingMs(stage);
  const worked = now.getTime() - (waitingMs ?? 0) - graceMs;
  const before = new Date(Math.min(enqueued.getTime(), worked));
  const lost = await find(db, { before, except: await queue.knownSubjects(stage), limit: sweepMax });
  if (lost.length === 0) return 0;
  await queue.enqueue(
    stage,
    lost.map((item) => ({ ...item, requestId: null })),
  );
  return lost.length;
}
