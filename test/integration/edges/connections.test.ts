import type pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { until } from "../../support/until.js";
import { hasRedisServer, type OwnRedis, startOwnRedis } from "../workers/own-redis.js";
import { expectRecovered, Load } from "./load.js";
import { type OwnDesk, startOwnDesk } from "./own-desk.js";
import { type OwnPostgres, startOwnPostgres } from "./own-postgres.js";

let postgres: OwnPostgres;
let redis: OwnRedis;
let desk: OwnDesk;

beforeAll(async () => {
  if (!hasRedisServer) return console.warn("SKIPPED: no redis-server on the PATH");
  [postgres, redis] = await Promise.all([startOwnPostgres(), startOwnRedis()]);
  desk = await startOwnDesk({ directUrl: postgres.url, redisUrl: redis.url });
});

afterAll(async () => {
  await desk?.close();
  await redis?.close();
  await postgres?.close();
});

/** Takes all connections that are left. */
async function takeAll(sessions: pg.Client[]): Promise<void> {
  for (let isFull = false; !isFull; ) {
    const opened = await Promise.allSettled(Array.from({ length: 10 }, () => postgres.session()));
    for (const one of opened) {
      if (one.status === "fulfilled") sessions.push(one.value);
      else isFull = true;
      if (one.status === "rejected") expect(one.reason.code).toBe("53300");
    }
  }
}

it.skipIf(!hasRedisServer)(
  "Postgres out of connections: 503 and named, and all goes on when there are some",
  async () => {
    const load = new Load(desk).start();
    await load.stored(20);
    const sessions: pg.Client[] = [];
    const watcher = await postgres.session();
    // What the processes held is taken from them, until none of them was quicker to take it back.
    await until(async () => {
      await takeAll(sessions);
      const { rowCount } = await watcher.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'switchboard-%'",
      );
      return rowCount === 0;
    }, "all connections to be taken");
    const api = await until(async () => {
      const found = await desk.ready("api");
      return found.parts.database?.detail?.includes("no connection left") && found;
    }, "readyz to name it");
    expect(api.status).toBe(503);
    await load.answered(503, 5);
    const worker = await until(async () => {
      const found = await desk.ready("worker");
      return found.parts.database?.ok === false && found;
    }, "the worker's readyz to name it");
    expect(worker.parts.database?.detail).toBe("The database has no connection left.");
    expect((await desk.doctor()).get("database")).toMatchObject({
      state: "fail",
      found: expect.stringContaining("no connection left"),
      advice: expect.stringContaining("max_connections"),
    });
    await Promise.all(sessions.map((session) => session.end()));
    await expectRecovered(desk, { ask: async (sql, values) => (await watcher.query(sql, values)).rows });
    await load.stored(10);
    await load.stop();
    load.expectHonest();
    await load.expectNothingLost(postgres);
  },
  240_000,
);
