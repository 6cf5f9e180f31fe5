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

it.skipIf(!hasRedisServer)(
  "a statement that takes too long in the middle of a flush: none of it is stored, and it is said",
  async () => {
    const load = new Load(desk).start();
    await load.stored(20);
    const holder = await postgres.session();
    // A flush writes customers and conversations first: it is under way when it meets the lock.
    await holder.query("BEGIN; LOCK TABLE messages IN SHARE ROW EXCLUSIVE MODE");
    const [locks, failed] = await Promise.all([
      until(
        async () => {
          const found = (await desk.doctor()).get("locks");
          return found?.state === "warn" && found;
        },
        "doctor to see who waits",
        30_000,
      ),
      until(
        async () => {
          const found = await desk.ready("api");
          return found.parts.database?.detail?.includes("longer than a statement may") && found;
        },
        "readyz to name it",
        30_000,
      ),
    ]);
    expect(locks.found).toMatch(/edge-test \(pid \d+\) of messages/);
    expect(locks.advice).toContain("pg_terminate_backend");
    expect(failed.status).toBe(503);
    await load.answered(503, 5);
    const held = await holder.query("SELECT count(*)::int AS n FROM messages WHERE text LIKE 'Message %'");
    const told = load.calls.filter(({ kind, answer }) => kind === "write" && answer?.status === 201).length;
    expect(held.rows[0]?.n).toBe(told);
    await holder.query("ROLLBACK");
    await holder.end();
    await expectRecovered(desk, postgres);
    await load.stored(10);
    await load.stop();
    load.expectHonest();
    await load.expectNothingLost(postgres);
  },
);
