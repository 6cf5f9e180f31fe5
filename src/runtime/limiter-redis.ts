import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import { Redis } from "ioredis";
import type { RateLimiterRedis } from "rate-limiter-flexible";
import type { LimitStore } from "./limiter.js";
import type { Logger } from "./logger.js";

// The package's root loads a driver for every store there is: 0.1 s at each start, for one of them.
const Driver = createRequire(import.meta.url)(
  "rate-limiter-flexible/lib/RateLimiterRedis.js",
) as typeof RateLimiterRedis;

/** Longest wait for an answer, ms; then the process counts alone. */
const answerMs = 100;
const reconnect = (attempt: number) => Math.min(50 * 2 ** Math.min(attempt, 5), 1000);

export interface RedisLimitStoreOptions {
  redisUrl: string;
  /** The process, as Redis' list of clients shows it. */
  name: string;
  logger: Logger;
  /** Keeps several desks on one Redis apart. */
  prefix?: string;
}

/**
 * Counts in Redis, one key for each count, which ends with its window. Keys are hashed: neither addresses nor secrets
 * stand in Redis. While Redis is away every call rejects at once; the connection comes back by itself.
 */
export function openRedisLimitStore(options: RedisLimitStoreOptions): LimitStore {
  const client = new Redis(options.redisUrl, {
    connectionName: options.name,
    retryStrategy: reconnect,
    connectTimeout: 3000,
    commandTimeout: answerMs,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
  });
  client.on("error", (error) => options.logger.debug({ err: error }, "limits: redis"));
  const counts = new Driver({
    storeClient: client,
    keyPrefix: `${options.prefix ?? "switchboard"}:limit`,
    // Compared with nothing: the limiter decides.
    points: 1,
    duration: 60,
    rejectIfRedisNotReady: true,
  });
  return {
    add: async (key, points, ttlS) =>
      (await counts.penalty(hashed(key), points, { customDuration: ttlS })).consumedPoints,
    drop: (key) => counts.delete(hashed(key)),
    close: async () => client.disconnect(),
  };
}

const hashed = (key: string) => createHash("sha256").update(key).digest("base64url").slice(0, 22);
