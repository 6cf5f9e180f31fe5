import type { Stage } from "../src/contract/events.js";
import type { StageProducer } from "../src/queue/stage-producer.js";
import type { JobFate, JobHandler, TakenJob } from "../src/queue/stage-worker.js";
import type { Logger } from "../src/runtime/logger.js";
import type { DatabaseGate } from "./database-gate.js";
import { faultOf } from "./job-fault.js";
import type { JobOutcome, StageMetrics } from "./stage-metrics.js";

/** What a stage's processor is given. */
export interface StageInput {
  subjectIds: number[];
  /** The request that caused the job, where one alone did. */
  requestId: string | null;
  /** The request behind each subject, where it is known. */
  requestOf: (subjectId: number) => string | null;
  /** Aborts when the process stops. */
  signal: AbortSignal;
}

/**
 * Works what a job is about, as a set, in one transaction, so that a throw means that nothing was done. Idempotent: any
 * job may come twice. What it returns goes to the log line; null: nothing worth a line was done.
 */
export type StageProcessor = (input: StageInput) => Promise<Record<string, unknown> | null>;

/** What the wrapper needs of its process. */
export interface StageTools {
  logger: Logger;
  metrics: StageMetrics;
  gate: DatabaseGate;
  producer: StageProducer;
}

/** Times that one run meets a database that answers and yet cannot work (a full disk), before its job is given back. */
const awayMax = 5;
const awayDelayMs = 5000;
/** Times that a batch is tried whole after a timeout or a lock, before it is split. */
const busyMax = 2;
/** A batch that took down so many workers is split before it takes down another. */
const stalledMax = 2;
const returnDelayMs = 500;
const loggedRequests = 10;

type Settled = { outcome: JobOutcome; fate: JobFate; facts: Record<string, unknown> | null };

/**
 * Wraps a stage's processor: decides a job's fate by its error's class, splits a batch that failed so that one poison
 * item costs nobody else, waits while the database is away without losing a try, and writes one canonical log line and
 * the metrics for each job.
 */
export function runStage(stage: Stage, process: StageProcessor, tools: StageTools): JobHandler {
  return async (job, signal) => {
    const started = performance.now();
    const { outcome, fate, facts } = await settle(stage, process, tools, job, signal);
    const durationMs = performance.now() - started;
    tools.metrics.observe(stage, outcome, durationMs / 1000, job.subjectIds.length);
    const requests = [...new Set(job.requestIds.filter((id) => id !== null))];
    const line = {
      stage,
      job: job.id,
      outcome,
      subjects: job.subjectIds.length,
      ...(job.subjectIds.length === 1 ? { subject_id: job.subjectIds[0] } : {}),
      duration_ms: Math.round(durationMs * 10) / 10,
      waited_ms: Math.max(0, Math.round(Date.now() - durationMs - job.addedAt.getTime())),
      ...(job.attempt > 1 ? { attempt: job.attempt } : {}),
      ...(requests.length > 0 ? { request_ids: requests.slice(0, loggedRequests) } : {}),
      ...facts,
    };
    if (facts === null) tools.logger.debug(line, "job");
    else if (fate.kind === "done" && outcome !== "split") tools.logger.info(line, "job");
    else tools.logger.warn({ ...line, ...("error" in fate ? { err: fate.error } : {}) }, "job");
    return fate;
  };
}

async function settle(
  stage: Stage,
  process: StageProcessor,
  tools: StageTools,
  job: TakenJob,
  signal: AbortSignal,
): Promise<Settled> {
  if (job.stalled >= stalledMax && job.subjectIds.length > 1) {
    return split(stage, tools, job, new Error(`its worker fell silent ${job.stalled} times`));
  }
  const [first] = new Set(job.requestIds);
  const requestId = new Set(job.requestIds).size === 1 ? (first ?? null) : null;
  const requests = new Map(job.subjectIds.map((subjectId, index) => [subjectId, job.requestIds[index] ?? null]));
  const requestOf = (subjectId: number) => requests.get(subjectId) ?? null;
  for (let away = 0; ; ) {
    try {
      const facts = await process({ subjectIds: job.subjectIds, requestId, requestOf, signal });
      return { outcome: "done", fate: { kind: "done" }, facts };
    } catch (thrown) {
      const error = thrown instanceof Error ? thrown : new Error(String(thrown));
      if (faultOf(error) !== "away") return faulted(stage, tools, job, error);
      tools.logger.debug({ stage, job: job.id, err: error }, "waits for the database");
      if (++away <= awayMax) await tools.gate.wait(signal);
      if (away > awayMax || signal.aborted) {
        const delayMs = signal.aborted ? returnDelayMs : awayDelayMs;
        return { outcome: "returned", fate: { kind: "later", delayMs }, facts: { err: error } };
      }
    }
  }
}

async function faulted(stage: Stage, tools: StageTools, job: TakenJob, error: Error): Promise<Settled> {
  const fault = faultOf(error);
  const patient = fault === "busy" && job.attempt <= busyMax;
  if (job.subjectIds.length > 1 && !patient) return split(stage, tools, job, error);
  if (fault === "stale") return { outcome: "stale", fate: { kind: "done" }, facts: { reason: error.message } };
  if (fault === "permanent") return { outcome: "dead", fate: { kind: "dead", error }, facts: {} };
  const last = job.attempt >= job.attempts;
  return { outcome: last ? "dead" : "retried", fate: { kind: "retry", error }, facts: {} };
}

/** Gives each subject a job of its own; the batch is done then. If the store is away, the batch is tried again. */
async function split(stage: Stage, tools: StageTools, job: TakenJob, cause: Error): Promise<Settled> {
  const items = job.subjectIds.map((subjectId, index) => ({ subjectId, requestId: job.requestIds[index] ?? null }));
  try {
    await tools.producer.enqueueAlone(stage, items);
  } catch (error) {
    const failed = new Error(`could not split after: ${cause.message}`, { cause: error });
    return { outcome: "retried", fate: { kind: "retry", error: failed }, facts: {} };
  }
  return { outcome: "split", fate: { kind: "done" }, facts: { err: cause } };
}
