import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { until } from "../../support/until.js";
import { hasRedisServer, type OwnRedis, startOwnRedis } from "../workers/own-redis.js";
import { expectRecovered, Load } from "./load.js";
import { type OwnDesk, startOwnDesk } from "./own-desk.js";
import { type OwnPostgres, startOwnPostgres } from "./own-postgres.js";

describe.skipIf(!hasRedisServer)("the worker", () => {
  let postgres: OwnPostgres;
  let redis: OwnRedis;
  let desk: OwnDesk;

  beforeAll(async () => {
    [postgres, redis] = await Promise.all([startOwnPostgres(), startOwnRedis()]);
    desk = await startOwnDesk({ directUrl: postgres.url, redisUrl: redis.url });
  });

  afterAll(async () => {
    await desk?.close();
    await redis?.close();
    await postgres?.close();
  });

  const nobodyLeads = () =>
    until(async () => {
      const rows = await postgres.ask(
        "SELECT FROM pg_stat_activity WHERE application_name = 'switchboard-worker-sequencer'",
      );
      return rows.length === 0;
    }, "Postgres to have dropped the leader");

  it("stopped: its lead ends, the fault is named, nothing is lost, and it goes on where it was", async () => {
    const load = new Load(desk).start();
    await load.stored(20);
    await desk.signal("worker", "SIGSTOP");
    await nobodyLeads();
    await load.stored(20);
    const doctor = await desk.doctor();
    const pid = desk.pid("worker");
    expect(doctor.get("workers")).toMatchObject({
      state: "fail",
      found: `1 stopped (pid ${pid}), 0 at work`,
      advice: expect.stringContaining(`kill -CONT ${pid}`),
    });
    expect(doctor.get("sequencer")).toMatchObject({ state: "fail", found: "nobody leads" });
    expect((await desk.ready("api")).status).toBe(200);
    await desk.signal("worker", "SIGCONT");
    await expectRecovered(desk, postgres);
    await load.stop();
    load.expectHonest();
    await load.expectNothingLost(postgres);
  });

  it("gone: the outbox grows, both are named, and another one takes over", async () => {
    const load = new Load(desk).start();
    await desk.signal("worker", "SIGKILL");
    await nobodyLeads();
    await load.stored(20);
    const oldest = await until(async () => {
      const age = (await desk.figure("api", "switchboard_outbox_oldest_seconds")).get('{process="api"}');
      return age !== undefined && age > 2.5 && age;
    }, "the outbox to be old");
    expect(oldest).toBeGreaterThan(2.5);
    const doctor = await desk.doctor();
    expect(doctor.get("workers")).toMatchObject({ state: "fail", found: "none runs" });
    expect(doctor.get("outbox")).toMatchObject({ state: "warn", found: expect.stringMatching(/^[1-9]\d* wait/) });
    await desk.start("worker");
    await expectRecovered(desk, postgres);
    await load.stop();
    load.expectHonest();
    await load.expectNothingLost(postgres);
  });
});
