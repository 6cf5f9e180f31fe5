import type { Database } from "../db/database.js";
import type { Logger } from "../runtime/logger.js";
import type { Bus } from "./bus.js";
import { PostgresBus } from "./postgres-bus.js";
import { RedisBus } from "./redis-bus.js";

export interface OpenBusOptions {
  /** null: the bus on Postgres. */
  redisUrl: string | null;
  databaseUrl: string;
  db: Database;
  /** The process, as the store's list of clients shows it. */
  name: string;
  logger: Logger;
  /** Keeps several desks on one store apart. */
  prefix?: string;
}

/** Opens the bus; it need not be reachable yet, and comes to life by itself when it is. */
export async function openBus({ redisUrl, prefix = "switchboard", ...options }: OpenBusOptions): Promise<Bus> {
  return redisUrl === null ? new PostgresBus({ ...options, prefix }) : new RedisBus({ ...options, redisUrl, prefix });
}
