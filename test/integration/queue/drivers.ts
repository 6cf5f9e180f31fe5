import { randomBytes } from "node:crypto";
import { inject } from "vitest";
import { PostgresStore } from "../../../src/queue/postgres-store.js";
import { RedisStore } from "../../../src/queue/redis-store.js";
import type { QueueStore } from "../../../src/queue/store.js";
import { createTestDatabase } from "../../support/test-database.js";

/** How to reach a store, also from another process. */
export type StoreAddress = { driver: "redis"; url: string; prefix: string } | { driver: "postgres"; url: string };

/** A driver under test: `make` gives a store that nobody else uses, and what cleans up after it. */
export interface Driver {
  name: "redis" | "postgres";
  available: boolean;
  make(): Promise<{ address: StoreAddress; drop(): Promise<void> }>;
}

export function openTestStore(address: StoreAddress): QueueStore {
  const options = { name: "switchboard-test", onError: () => undefined };
  return address.driver === "redis"
    ? new RedisStore({ ...options, url: address.url, prefix: address.prefix })
    : new PostgresStore({ ...options, url: address.url, workers: 5 });
}

export const drivers: Driver[] = [
  {
    name: "redis",
    available: inject("redisUrl") !== null,
    async make() {
      const prefix = `t-${randomBytes(6).toString("hex")}`;
      return { address: { driver: "redis", url: inject("redisUrl") ?? "", prefix }, drop: async () => undefined };
    },
  },
  {
    name: "postgres",
    available: true,
    async make() {
      const database = await createTestDatabase(2);
      return { address: { driver: "postgres", url: database.url }, drop: () => database.drop() };
    },
  },
];

/** Short times, so that a test sees what takes minutes in life. */
export const limits = { STAGE_CONCURRENCY: 2, JOB_ATTEMPTS: 3, JOB_LOCK_MS: 1000 };
