import type { IQueueBackend, Processor, Queue, Worker } from "bullmq";
import type { Stage } from "../contract/events.js";
import type { StageJob } from "../contract/jobs.js";
import type { StageSettings } from "./stages.js";

/** Thrown when the queue's store cannot be reached; whoever asked tries again. */
export class StoreAwayError extends Error {
  override readonly name = "StoreAwayError";
}

/** How long the store may take to answer, ms. */
export const storeDeadlineMs = 2000;

type AnyQueue = Queue<StageJob, null, string, StageJob, null, string, IQueueBackend>;

/** What we use of BullMQ's Queue, on any store. */
export type StageQueue = Pick<
  AnyQueue,
  | "add"
  | "addBulk"
  | "getJobs"
  | "getRanges"
  | "getJob"
  | "getJobCounts"
  | "getCountsPerPriority"
  | "retryJobs"
  | "pause"
  | "resume"
  | "isPaused"
  | "promoteJobs"
  | "drain"
>;

/** What we use of BullMQ's Worker, on any store. */
export type StageRunner = Pick<Worker<StageJob, null, string, IQueueBackend>, "close" | "disconnect" | "isRunning">;

/** Who holds a job that is being worked: the token that its worker proves itself with, and when that ends by itself. */
export interface JobLock {
  token: string;
  /** ms from now; below 0: the worker is silent, the job will be given to another. */
  endsInMs: number;
}

/** What BullMQ calls for each job. */
export type StageProcessor = Processor<StageJob, null, string>;

/**
 * Where the jobs are: BullMQ on Redis, or on its own Postgres backend. Opening never fails; what is asked while the
 * store is away rejects within `storeDeadlineMs` with StoreAwayError (or the driver's error) and leaves nothing behind
 * that would run when the store is back.
 */
export interface QueueStore {
  readonly driver: "redis" | "postgres";
  /** Completed jobs that are kept to be looked at, each stage. */
  readonly keptCompleted: number;
  /** The stage's queue, once the store answers. */
  queue(stage: Stage): Promise<StageQueue>;
  /** Starts a worker; resolves once it takes jobs, rejects when the store is away (nothing is left running then). */
  work(stage: Stage, settings: StageSettings, process: StageProcessor): Promise<StageRunner>;
  /** The lock of a job; null when nobody works it. */
  lockOf(stage: Stage, jobId: string): Promise<JobLock | null>;
  /** Whether the marker is there. It vanishes with the jobs: a missing marker means that jobs may be lost. */
  hasMarker(): Promise<boolean>;
  setMarker(): Promise<void>;
  /** Resolves if the store answers within `timeoutMs`, else rejects. */
  ping(timeoutMs: number): Promise<void>;
  /** Closes queues and connections; workers are closed before, by who started them. */
  close(): Promise<void>;
}

/** What both drivers are opened with. */
export interface StoreOptions {
  /** Name of the process, seen in the store's list of connections. */
  name: string;
  /** Told of every fault of a connection or worker; they try again by themselves. */
  onError: (error: Error, stage: Stage | null) => void;
}
