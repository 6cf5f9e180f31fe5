import { Limiter } from "./limiter.js";
import { openRedisLimitStore } from "./limiter-redis.js";
import type { Logger } from "./logger.js";

export interface OpenLimiterOptions {
  /** null: each process counts alone. */
  redisUrl: string | null;
  name: string;
  logger: Logger;
}

/** Opens the limiter of a process; its store need not be reachable, now or later. */
export function openLimiter({ redisUrl, name, logger }: OpenLimiterOptions): Limiter {
  return new Limiter(redisUrl === null ? null : openRedisLimitStore({ redisUrl, name, logger }));
}
