import { hostname } from "node:os";
import { pid } from "node:process";
import type { AdvancedOptions } from "bullmq";
import { backoffMs, type StageSettings, stalledMax } from "./stages.js";

/** Name of our backoff, in every job; every worker knows it. */
export const backoffName = "switchboard";

const settings: AdvancedOptions = { backoffStrategy: (attemptsMade) => backoffMs(attemptsMade) };

/** A worker as a job remembers it: which process, on which machine. */
export function workerName(process: string): string {
  return `${process}@${hostname()}:${pid}`;
}

/**
 * BullMQ's worker options that are the same on both stores. `runRetryDelay`: a lost store is tried again each second,
 * not each 15 (its default). A job is found stalled at the second look after its lock ended: look twice a lock.
 */
export function workerOptions(stage: StageSettings) {
  return {
    autorun: true,
    concurrency: stage.concurrency,
    lockDuration: stage.lockMs,
    stalledInterval: Math.max(500, Math.min(5000, Math.round(stage.lockMs / 2))),
    maxStalledCount: stalledMax,
    runRetryDelay: 1000,
    drainDelay: 5,
    settings,
  };
}
