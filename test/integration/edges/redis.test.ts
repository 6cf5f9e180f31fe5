import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { until } from "../../support/until.js";
import { hasRedisServer, type OwnRedis, startOwnRedis } from "../workers/own-redis.js";
import { expectRecovered, Load } from "./load.js";
import { type OwnDesk, startOwnDesk } from "./own-desk.js";
import { type OwnPostgres, startOwnPostgres } from "./own-postgres.js";

describe.skipIf(!hasRedisServer)("Redis", () => {
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

  const isDown = (part: "queue" | "bus", words: RegExp) =>
    until(async () => {
      const { status, parts } = await desk.ready("api");
      return status === 503 && words.test(parts[part]?.detail ?? "");
    }, `readyz to name the ${part}`);

  it("with maxmemory reached: messages are stored, the fault is named, and all is scored when there is room", async () => {
    const load = new Load(desk).start();
    await load.stored(20);
    const client = new Redis(redis.url);
    await client.config("SET", "maxmemory", "1mb");
    await isDown("queue", /The queue has no memory left \(maxmemory\)/);
    await load.stored(20);
    expect((await desk.doctor()).get("queue")).toMatchObject({
      state: "fail",
      found: expect.stringContaining("no memory left (maxmemory)"),
      advice: expect.stringContaining("maxmemory"),
    });
    expect((await desk.ready("worker")).parts.queue?.ok).toBe(false);
    await client.config("SET", "maxmemory", "0");
    client.disconnect();
    await expectRecovered(desk, postgres);
    await load.stop();
    load.expectHonest();
    await load.expectNothingLost(postgres);
  });

  it("away, and back empty: messages are stored, the fault is named, and all is scored when it is back", async () => {
    const load = new Load(desk).start();
    await load.stored(10);
    await redis.kill();
    await isDown("queue", /The queue does not answer/);
    await load.stored(20);
    const doctor = await desk.doctor();
    expect(doctor.get("queue")).toMatchObject({ state: "fail", advice: expect.stringContaining("start Redis") });
    expect(doctor.get("bus")).toMatchObject({ state: "fail", advice: expect.stringContaining("nothing is lost") });
    expect(doctor.get("database")?.state).toBe("ok");
    expect((await desk.ready("relay")).parts).toMatchObject({ database: { ok: true }, bus: { ok: false } });
    await redis.restart();
    await expectRecovered(desk, postgres);
    await load.stop();
    load.expectHonest();
    await load.expectNothingLost(postgres);
  });
});
