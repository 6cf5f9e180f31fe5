import type { Stage } from "../contract/events.js";
import type { Settings } from "../runtime/settings.js";

/** How one stage is worked. */
export interface StageSettings {
  /** Jobs that one worker process runs at once. */
  concurrency: number;
  /** Tries before a job is a dead letter. */
  attempts: number;
  /** A job whose worker is silent that long is given to another, ms. */
  lockMs: number;
  /** Subjects that one job carries at most. */
  batchMax: number;
  /** One job at most waits while one runs; asked while it runs, it runs once more. */
  once: boolean;
  /** More urgent subjects are worked first. */
  prioritised: boolean;
  /** Dead letters that are kept; the oldest go first. */
  keptDead: number;
}

/** Dead letters that are kept of a stage with subjects. */
export const keptDead = 10_000;
const keptDeadOfOnce = 100;
/** Up to so many subjects get a job each; more share one, which is one transaction. */
export const soloMax = 1;
/** Times that a job may be taken from a silent worker before it is a dead letter. */
export const stalledMax = 5;

type Limits = Pick<Settings, "STAGE_CONCURRENCY" | "JOB_ATTEMPTS" | "JOB_LOCK_MS">;

/**
 * The stages. `assign` and `maintain` carry no subjects and are deduplicated; one that died with its worker is taken over
 * soon, because no other one starts while its key stands. Neither is tried again: the next one does all the work there is.
 */
export function stageSettings(stage: Stage, limits: Limits): StageSettings {
  const usual: StageSettings = {
    concurrency: limits.STAGE_CONCURRENCY,
    attempts: limits.JOB_ATTEMPTS,
    lockMs: limits.JOB_LOCK_MS,
    batchMax: 100,
    once: false,
    prioritised: false,
    keptDead,
  };
  const alone: StageSettings = { ...usual, once: true, keptDead: keptDeadOfOnce, concurrency: 1, attempts: 1 };
  switch (stage) {
    case "score":
    case "deliver":
      return usual;
    case "route":
      return { ...usual, prioritised: true };
    case "assign":
      return { ...alone, lockMs: Math.min(limits.JOB_LOCK_MS, 2000) };
    case "maintain":
      return { ...alone, lockMs: Math.min(limits.JOB_LOCK_MS, 5000) };
  }
}

const backoffFirstMs = 500;
const backoffMaxMs = 60_000;

/**
 * How long a job waits after its `attempt`-th failure (1, 2 …), ms: doubling from half a second to a minute, each
 * between half of that and all of it, so that what failed together does not come back together.
 */
export function backoffMs(attempt: number, random: () => number = Math.random): number {
  const full = Math.min(backoffMaxMs, backoffFirstMs * 2 ** Math.max(0, attempt - 1));
  return Math.round(full * (0.5 + random() / 2));
}

/** BullMQ's priority of an urgency (0 to 100): 1 is worked first, 5 last; 3 where the urgency is not known. */
export function priorityOf(urgency: number | undefined): number {
  if (urgency === undefined) return 3;
  return 5 - Math.min(4, Math.floor(Math.min(100, Math.max(0, urgency)) / 20));
}

/** All priorities that jobs have, the first worked first. */
export const priorities = [1, 2, 3, 4, 5] as const;
