import { QueueAdmin } from "../../src/queue/admin.js";
import { QueueJobs } from "../../src/queue/jobs.js";
import { openStore } from "../../src/queue/open-store.js";
import { type QueueStore, StoreAwayError } from "../../src/queue/store.js";
import { type Config, loadConfig } from "../../src/runtime/config.js";
import { DeadlineError } from "../../src/runtime/deadline.js";
import { createLogger } from "../../src/runtime/logger.js";
import { sentenceOf } from "../explain-error.js";
import { Failure } from "../failure.js";

/** What a command that works on the queue is given. */
export interface QueueTools {
  config: Config;
  store: QueueStore;
  admin: QueueAdmin;
  jobs: QueueJobs;
}

/** The queue's store in words. */
export function storeName(store: Pick<QueueStore, "driver">): string {
  return store.driver === "redis" ? "Redis" : "Postgres";
}

/** What is said when the store cannot be reached; null for another error. */
export function storeFault(error: unknown, store: Pick<QueueStore, "driver">): string | null {
  if (!(error instanceof StoreAwayError) && !(error instanceof DeadlineError)) return null;
  const cause = error.cause instanceof Error ? sentenceOf(error.cause) : error.message;
  const setting = store.driver === "redis" ? "REDIS_URL" : "DATABASE_URL";
  return `the queue's store (${storeName(store)}) does not answer: ${cause}; is it running, and is ${setting} right?`;
}

/** Runs `work` with the queue of this desk's settings, and closes it. Throws Failure when the store is away. */
export async function withQueue<T>(work: (tools: QueueTools) => Promise<T>): Promise<T> {
  const config = loadConfig();
  const { redisUrl, databaseUrl } = config;
  const logger = createLogger("switchboard-cli", { LOG_LEVEL: "silent", LOG_FORMAT: "json" });
  const store = await openStore({ redisUrl, databaseUrl, name: "switchboard-cli", logger });
  try {
    return await work({ config, store, admin: new QueueAdmin(store), jobs: new QueueJobs(store) });
  } catch (error) {
    const fault = storeFault(error, store);
    throw fault === null ? error : new Failure(fault);
  } finally {
    await store.close();
  }
}
