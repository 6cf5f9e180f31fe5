import type { Stage } from "../contract/events.js";
import type { Logger } from "../runtime/logger.js";
import { RedisStore } from "./redis-store.js";
import type { QueueStore } from "./store.js";

export interface OpenStoreOptions {
  /** null: BullMQ's Postgres backend. */
  redisUrl: string | null;
  databaseUrl: string;
  /** Name of the process. */
  name: string;
  logger: Logger;
  /** Workers that this process will start; 0 where it only enqueues or looks. */
  workers?: number;
  /** Keeps several desks on one Redis apart. */
  prefix?: string;
}

const quietMs = 5000;

/** Opens the queue's store: Redis where there is one, else Postgres. Nothing waits for it here; it connects by itself. */
export async function openStore(options: OpenStoreOptions): Promise<QueueStore> {
  const { logger, name, prefix = "switchboard" } = options;
  let lastLogged = 0;
  const onError = (error: Error, stage: Stage | null) => {
    const now = Date.now();
    if (now - lastLogged < quietMs) return;
    lastLogged = now;
    logger.warn(
      { err: { type: error.name, message: error.message }, stage },
      "queue store fault; it tries again by itself",
    );
  };
  if (options.redisUrl) return new RedisStore({ url: options.redisUrl, name, prefix, onError });
  const { PostgresStore } = await import("./postgres-store.js");
  return new PostgresStore({ url: options.databaseUrl, name, onError, workers: options.workers ?? 0 });
}
