import {
  type BackendFactory,
  createPostgresBackend,
  DEFAULT_SCHEMA,
  type PgPool,
  type PostgresConnectionOptions,
  type PostgresQueueBackend,
  Queue,
  runMigrations,
  Worker,
} from "bullmq";
import pg from "pg";
import type { Stage } from "../contract/events.js";
import type { StageJob } from "../contract/jobs.js";
import { pause, withDeadline } from "../runtime/deadline.js";
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

export interface PostgresStoreOptions extends StoreOptions {
  url: string;
  /** Workers that will be started: each holds a connection to listen on. */
  workers: number;
}

type PgQueue = Queue<StageJob, null, string, StageJob, null, string, PostgresQueueBackend, PostgresConnectionOptions>;

const markerRow = ["switchboard", "marker"] as const;
const failedClaimPauseMs = 250;

/** BullMQ asks again at once after any fault that is not a refused connection: this keeps it from spinning. */
const pacedBackend: BackendFactory<PostgresQueueBackend, PostgresConnectionOptions> = (name, opts, factoryOpts) => {
  const backend = createPostgresBackend(name, opts, factoryOpts);
  const claim = backend.moveToActive.bind(backend);
  backend.moveToActive = async (...args) => {
    try {
      return await claim(...args);
    } catch (error) {
      await pause(failedClaimPauseMs);
      throw error;
    }
  };
  return backend;
};

/**
 * BullMQ on its own Postgres backend, in the schema `bullmq` of our database. One pool for all queues and workers of
 * the process: BullMQ would open a pool for each. Tables are made at the first use, and again when the schema is gone.
 */
export class PostgresStore implements QueueStore {
  readonly driver = "postgres";
  /** None: keeping 1,000 (or 100) halves what a worker gets through, because each end looks for what to remove. */
  readonly keptCompleted = 0;
  readonly #options: PostgresStoreOptions;
  readonly #pool: pg.Pool;
  readonly #queues = new Map<Stage, Promise<PgQueue>>();
  #migrated: Promise<void> | null = null;

  constructor(options: PostgresStoreOptions) {
    this.#options = options;
    this.#pool = new pg.Pool({
      connectionString: options.url,
      application_name: options.name,
      max: options.workers + 4,
      options: `-c search_path=${DEFAULT_SCHEMA}`,
      connectionTimeoutMillis: storeDeadlineMs,
      idleTimeoutMillis: 30_000,
      keepAlive: true,
    });
    this.#pool.setMaxListeners(50);
    this.#pool.on("error", (error) => options.onError(error, null));
  }

  async queue(stage: Stage): Promise<StageQueue> {
    await this.#ready();
    let opened = this.#queues.get(stage);
    if (!opened) {
      opened = this.#openQueue(stage);
      this.#queues.set(stage, opened);
      // BullMQ keeps a first failure for ever: a queue that did not open is made anew.
      opened.catch(() => this.#queues.delete(stage));
    }
    return withDeadline(opened, storeDeadlineMs, `opening queue ${stage}`) as Promise<unknown> as Promise<StageQueue>;
  }

  async work(stage: Stage, settings: StageSettings, process: StageProcessor): Promise<StageRunner> {
    await this.#ready();
    const worker = new Worker<StageJob, null, string, PostgresQueueBackend, number, PostgresConnectionOptions>(
      stage,
      process,
      { ...workerOptions(settings), connection: this.#connection, name: workerName(this.#options.name) },
      pacedBackend,
    );
    worker.on("error", (error) => this.#options.onError(error, stage));
    try {
      await withDeadline(worker.waitUntilReady(), storeDeadlineMs, `starting worker ${stage}`);
    } catch (error) {
      void worker.close(true).catch(() => undefined);
      throw error;
    }
    return worker as unknown as StageRunner;
  }

  async lockOf(stage: Stage, jobId: string): Promise<JobLock | null> {
    await this.#ready();
    // BullMQ stamps its times by the client's clock.
    const { rows } = await this.#pool.query<{ token: string; until: string }>(
      `SELECT lock_token AS token, locked_until_ms AS until FROM job
       WHERE queue = $1 AND id = $2 AND state = 'active' AND lock_token IS NOT NULL`,
      [stage, jobId],
    );
    const row = rows[0];
    return row ? { token: row.token, endsInMs: Number(row.until) - Date.now() } : null;
  }

  /** Also makes the schema anew when it is gone: BullMQ itself would fail for ever. */
  async hasMarker(): Promise<boolean> {
    try {
      const { rowCount } = await this.#pool.query("SELECT FROM meta WHERE queue = $1 AND field = $2", [...markerRow]);
      return rowCount === 1;
    } catch (error) {
      const undefinedTable = "42P01";
      if (!(error instanceof pg.DatabaseError) || error.code !== undefinedTable) throw error;
      this.#migrated = null;
      await this.#ready();
      return false;
    }
  }

  async setMarker(): Promise<void> {
    await this.#ready();
    await this.#pool.query(
      "INSERT INTO meta (queue, field, value) VALUES ($1, $2, now()::text) ON CONFLICT (queue, field) DO NOTHING",
      [...markerRow],
    );
  }

  async ping(timeoutMs: number): Promise<void> {
    await withDeadline(this.#pool.query("SELECT 1"), timeoutMs, "the queue's Postgres");
  }

  async close(): Promise<void> {
    const queues = await Promise.allSettled(this.#queues.values());
    for (const queue of queues) {
      if (queue.status === "fulfilled") await queue.value.close().catch(() => undefined);
    }
    await this.#pool.end();
  }

  async #openQueue(stage: Stage): Promise<PgQueue> {
    const queue: PgQueue = new Queue(
      stage,
      { connection: this.#connection, streams: { events: { maxLen: 1000 } } },
      createPostgresBackend,
    );
    queue.on("error", (error) => this.#options.onError(error, stage));
    await queue.waitUntilReady();
    return queue;
  }

  /** The pool as BullMQ's own types have it. */
  get #connection(): PgPool {
    return this.#pool as unknown as PgPool;
  }

  #ready(): Promise<void> {
    if (!this.#migrated) {
      const migrating = this.#migrate();
      this.#migrated = migrating;
      migrating.catch(() => {
        if (this.#migrated === migrating) this.#migrated = null;
      });
    }
    return this.#migrated;
  }

  async #migrate(): Promise<void> {
    const client = await this.#pool.connect().catch((error) => {
      throw new StoreAwayError("the queue's Postgres is away", { cause: error });
    });
    let failed: Error | undefined;
    try {
      await runMigrations(client, DEFAULT_SCHEMA);
    } catch (error) {
      failed = error as Error;
      throw error;
    } finally {
      client.release(failed ?? false);
    }
  }
}
