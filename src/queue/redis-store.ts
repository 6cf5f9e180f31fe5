import type { IQueueBackend, Queue, Worker } from "bullmq";
import { Redis } from "ioredis";
import type { Stage } from "../contract/events.js";
import type { StageJob } from "../contract/jobs.js";
import { withDeadline } from "../runtime/deadline.js";
import type { StageSettings } from "./stages.js";
import {
  type JobLock,
  type QueueStore,
  type StageProcessor,
  type StageQueue,
  type StageRunner,
  StoreAwayError,
  type StoreOptions,
  storeDeadlineMs,
} from "./store.js";
import { workerName, workerOptions } from "./worker-options.js";

/** Loaded at its first use: an API that comes back after a death serves before it has looked at a queue. */
const bullmq = () => import("bullmq");

type RedisQueue = Queue<StageJob, null, string>;

export interface RedisStoreOptions extends StoreOptions {
  url: string;
  /** First part of every key; `switchboard` unless a test needs its own. */
  prefix?: string;
}

const reconnect = (times: number) => Math.min(1000, 50 * times);

/**
 * BullMQ on Redis. Queues share one connection that fails fast: no offline queue, nothing sent again after a
 * reconnect. Workers share one that waits for ever, as BullMQ wants it, and have one each to block on. Each stage's
 * keys have a hash tag of their own, so that a Redis Cluster can spread the stages.
 */
export class RedisStore implements QueueStore {
  readonly driver = "redis";
  readonly keptCompleted = 1000;
  readonly #options: RedisStoreOptions;
  readonly #prefix: string;
  readonly #client: Redis;
  readonly #queues = new Map<Stage, Promise<RedisQueue>>();
  #workerClient: Redis | null = null;

  constructor(options: RedisStoreOptions) {
    this.#options = options;
    this.#prefix = options.prefix ?? "switchboard";
    this.#client = new Redis(options.url, {
      connectionName: options.name,
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      commandTimeout: storeDeadlineMs,
      connectTimeout: storeDeadlineMs,
      retryStrategy: reconnect,
    });
    this.#client.on("error", (error) => options.onError(error, null));
    // Who asks before the connection stands waits for it: a look at all stages is many at once.
    this.#client.setMaxListeners(100);
  }

  async queue(stage: Stage): Promise<StageQueue> {
    await this.#answers(storeDeadlineMs);
    let opened = this.#queues.get(stage);
    if (!opened) {
      opened = this.#openQueue(stage);
      this.#queues.set(stage, opened);
      // BullMQ keeps a first failure for ever: a queue that did not open is made anew.
      opened.catch(() => this.#queues.delete(stage));
    }
    return withDeadline(opened, storeDeadlineMs, `opening queue ${stage}`);
  }

  async work(stage: Stage, settings: StageSettings, process: StageProcessor): Promise<StageRunner> {
    await this.#answers(storeDeadlineMs);
    this.#workerClient ??= this.#openWorkerClient();
    const { Worker } = await bullmq();
    const worker = new Worker<StageJob, null>(stage, process, {
      ...workerOptions(settings),
      connection: this.#workerClient,
      prefix: this.#keysOf(stage),
      name: workerName(this.#options.name),
    });
    worker.on("error", (error) => this.#options.onError(error, stage));
    try {
      await withDeadline(worker.waitUntilReady(), storeDeadlineMs, `starting worker ${stage}`);
    } catch (error) {
      void worker.close(true).catch(() => undefined);
      throw error;
    }
    return worker as unknown as StageRunner & Worker<StageJob, null, string, IQueueBackend>;
  }

  async lockOf(stage: Stage, jobId: string): Promise<JobLock | null> {
    await this.#answers(storeDeadlineMs);
    const key = `${this.#keysOf(stage)}:${stage}:${jobId}:lock`;
    const [token, endsInMs] = await Promise.all([this.#client.get(key), this.#client.pttl(key)]);
    return token === null ? null : { token, endsInMs };
  }

  async hasMarker(): Promise<boolean> {
    await this.#answers(storeDeadlineMs);
    return (await this.#client.exists(this.#markerKey)) === 1;
  }

  async setMarker(): Promise<void> {
    await this.#answers(storeDeadlineMs);
    await this.#client.set(this.#markerKey, new Date().toISOString());
  }

  async ping(timeoutMs: number): Promise<void> {
    await this.#answers(timeoutMs);
    // A write: a Redis that is full, or a replica, answers a PING as if all were well.
    await withDeadline(this.#client.set(`${this.#prefix}-probe`, "1", "PX", 10_000), timeoutMs, "Redis");
  }

  async close(): Promise<void> {
    const queues = await Promise.allSettled(this.#queues.values());
    for (const queue of queues) {
      if (queue.status === "fulfilled") await queue.value.close().catch(() => undefined);
    }
    this.#workerClient?.disconnect();
    this.#client.disconnect();
  }

  get #markerKey(): string {
    return `${this.#prefix}-marker`;
  }

  #keysOf(stage: Stage): string {
    return `{${this.#prefix}-${stage}}`;
  }

  async #openQueue(stage: Stage): Promise<RedisQueue> {
    const { Queue } = await bullmq();
    const queue: RedisQueue = new Queue(stage, {
      connection: this.#client,
      prefix: this.#keysOf(stage),
      streams: { events: { maxLen: 1000 } },
    });
    queue.on("error", (error) => this.#options.onError(error, stage));
    await queue.waitUntilReady();
    return queue;
  }

  #openWorkerClient(): Redis {
    const client = new Redis(this.#options.url, {
      connectionName: `${this.#options.name}-jobs`,
      maxRetriesPerRequest: null,
      connectTimeout: storeDeadlineMs,
      retryStrategy: reconnect,
    });
    client.on("error", (error) => this.#options.onError(error, null));
    return client;
  }

  /** Resolves once the connection stands; asks nothing of it before. */
  async #answers(timeoutMs: number): Promise<void> {
    const client = this.#client;
    if (client.status === "ready") return;
    if (client.status === "end") throw new StoreAwayError("the connection to Redis is closed");
    let ready: (() => void) | undefined;
    try {
      await withDeadline(
        new Promise<void>((resolve) => {
          ready = resolve;
          client.once("ready", resolve);
        }),
        timeoutMs,
        "connecting to Redis",
      );
    } catch (error) {
      throw new StoreAwayError("Redis is away", { cause: error });
    } finally {
      if (ready) client.off("ready", ready);
    }
  }
}
