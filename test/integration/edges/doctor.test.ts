import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { checkClock } from "../../../cli/doctor/check-database.js";
import { openDatabase } from "../../../src/db/database.js";
import { migrateUp } from "../../../src/db/migrate.js";
import { until } from "../../support/until.js";
import { hasRedisServer, type OwnRedis, startOwnRedis } from "../workers/own-redis.js";
import { type OwnDesk, startOwnDesk } from "./own-desk.js";
import { type OwnPostgres, startOwnPostgres } from "./own-postgres.js";

describe.skipIf(!hasRedisServer)("doctor and readyz", () => {
  let postgres: OwnPostgres;
  let redis: OwnRedis;
  let desk: OwnDesk;

  beforeAll(async () => {
    [postgres, redis] = await Promise.all([startOwnPostgres(), startOwnRedis()]);
    desk = await startOwnDesk({ directUrl: postgres.url, redisUrl: redis.url, migrate: false });
  });

  afterAll(async () => {
    await desk?.close();
    await redis?.close();
    await postgres?.close();
  });

  it("without migrations: named, 503 for callers, and all goes on once they have run", async () => {
    const wanted = { ok: false, detail: "The database has not the tables of this program." };
    for (const name of ["api", "worker", "relay"] as const) {
      const { status, parts } = await desk.ready(name);
      expect([name, status, parts.database]).toMatchObject([name, 503, wanted]);
    }
    const calls = [
      desk.call("POST", "/api/messages/", { user_id: "U1", body: "hello" }),
      desk.call("GET", "/api/messages/"),
      desk.call("POST", "/api/auth/login/", { email: "a@example.test", password: "a password" }),
    ];
    for (const { status, body } of await Promise.all(calls))
      expect([status, body.status]).toEqual([503, "unavailable"]);
    expect((await desk.doctor()).get("migrations")).toMatchObject({
      state: "fail",
      advice: "run switchboard migrate up",
    });
    await migrateUp(postgres.url);
    for (const name of ["api", "worker", "relay"] as const) {
      const isReady = async () => (await desk.ready(name)).status === 200;
      await until(isReady, `${name} to be ready once there are tables`, 5000);
    }
    expect((await desk.doctor()).get("migrations")?.state).toBe("ok");
  });

  it("an old snapshot", async () => {
    const session = await postgres.session();
    await session.query("BEGIN ISOLATION LEVEL REPEATABLE READ");
    await session.query("SELECT 1");
    const young = (await desk.doctor()).get("oldest snapshot");
    expect(young).toMatchObject({ state: "ok", found: expect.stringMatching(/^\d+ s, edge-test \(pid \d+\)$/) });
    await session.query("ROLLBACK");
    // One that is old already: a minute cannot be waited for here.
    const { checkSnapshots } = await import("../../../cli/doctor/check-database.js");
    const db = openDatabase({ url: postgres.url, name: "edge-test", poolMax: 1 });
    await session.query("BEGIN ISOLATION LEVEL REPEATABLE READ");
    await session.query("SELECT 1");
    const old = await until(async () => {
      const found = await checkSnapshots(db, 0.2);
      return found.state === "warn" && found;
    }, "a snapshot older than 0.2 s");
    expect(old.advice).toMatch(/pg_terminate_backend\(\d+\)/);
    await session.query("ROLLBACK");
    await session.end();
    await db.close();
  });

  it("a clock that is off", async () => {
    const db = openDatabase({ url: postgres.url, name: "edge-test", poolMax: 1 });
    expect((await checkClock(db)).state).toBe("ok");
    const now = Date.now;
    const clock = vi.spyOn(Date, "now").mockImplementation(() => now() + 90_000);
    try {
      const found = await checkClock(db);
      expect(found).toMatchObject({
        state: "warn",
        found: expect.stringMatching(/^this machine is (89|90)\d{3} ms ahead/),
      });
    } finally {
      clock.mockRestore();
    }
    await db.close();
  });

  it("dead letters, by stage, and the figure that the alert looks at", async () => {
    const db = openDatabase({ url: postgres.url, name: "edge-test", poolMax: 1 });
    const { openStore } = await import("../../../src/queue/open-store.js");
    const { createLogger } = await import("../../../src/runtime/logger.js");
    const logger = createLogger("edge", { LOG_LEVEL: "silent", LOG_FORMAT: "json" });
    const store = await openStore({ redisUrl: redis.url, databaseUrl: postgres.url, name: "edge-test", logger });
    const queue = await store.queue("score");
    await desk.signal("worker", "SIGKILL");
    const runner = await store.work("score", { concurrency: 1, lockMs: 5000 } as never, async () => {
      throw new Error("it cannot be scored");
    });
    await queue.add("score", { subject_ids: [1], request_ids: [randomUUID()] } as never, { attempts: 1 });
    await until(async () => ((await queue.getJobCounts("failed")).failed ?? 0) === 1, "a dead letter");
    await runner.close();
    await desk.start("worker");
    const found = (await desk.doctor()).get("queue");
    expect(found).toMatchObject({ state: "warn", found: expect.stringContaining("dead: 1 of score") });
    expect(found?.advice).toContain("switchboard queue failed");
    const figure = await desk.figure("worker", "switchboard_queue_jobs");
    expect(figure.get('{process="worker",stage="score",state="dead"}')).toBe(1);
    await store.close();
    await db.close();
  });
});
