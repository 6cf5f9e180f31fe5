import { type Stage, stages } from "../../src/contract/events.js";
import { formatAge } from "../format-time.js";
import type { QueueTools } from "./with-queue.js";

/** A stage as `--json` shows it. */
export interface StageFigures {
  stage: Stage;
  waiting: number;
  active: number;
  delayed: number;
  dead: number;
  /** Done jobs that the store still keeps; null where it keeps none. */
  completed: number | null;
  paused: boolean;
  oldest_waiting_ms: number | null;
  /** Jobs that ended well in the last minute; null where the store cannot tell. */
  done_last_minute: number | null;
  /** There were more than the store keeps. */
  done_at_least?: true;
}

/** The figures of one stage. */
export async function readStage(
  tools: Pick<QueueTools, "admin" | "jobs" | "store">,
  stage: Stage,
): Promise<StageFigures> {
  const { admin, jobs, store } = tools;
  const [counts, paused, oldest, done] = await Promise.all([
    admin.countsOf(stage),
    jobs.isPaused(stage),
    admin.oldestWaitingMs(stage),
    jobs.doneLastMinute(stage),
  ]);
  const { waiting, active, delayed, dead, completed } = counts;
  return {
    stage,
    waiting,
    active,
    delayed,
    dead,
    completed: store.keptCompleted === 0 ? null : completed,
    paused,
    oldest_waiting_ms: oldest === null ? null : Math.round(oldest),
    done_last_minute: done?.count ?? null,
    ...(done?.atLeast ? { done_at_least: true as const } : {}),
  };
}

/** The figures of all stages. */
export function readStages(tools: Pick<QueueTools, "admin" | "jobs" | "store">): Promise<StageFigures[]> {
  return Promise.all(stages.map((stage) => readStage(tools, stage)));
}

export const stageHead = ["stage", "waiting", "active", "delayed", "dead", "kept", "done/min", "oldest"] as const;
export const stageNumbers = [1, 2, 3, 4, 5, 6, 7] as const;

/** A stage as a row below `stageHead`. */
export function stageRow(figures: StageFigures): string[] {
  const { stage, waiting, active, delayed, dead, completed, done_last_minute: done } = figures;
  return [
    figures.paused ? `${stage} (paused)` : stage,
    ...[waiting, active, delayed, dead].map(String),
    completed === null ? "-" : String(completed),
    done === null ? "-" : `${figures.done_at_least ? "≥ " : ""}${done}`,
    formatAge(figures.oldest_waiting_ms),
  ];
}

/** What a dash in those columns means, where there is one. */
export const untold = "kept, done/min: on Postgres done jobs are not kept, so nothing can be told of them.";
