import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { until } from "../../support/until.js";
import { hasRedisServer, type OwnRedis, startOwnRedis } from "../workers/own-redis.js";
import { expectRecovered, Load } from "./load.js";
import { type OwnDesk, startOwnDesk } from "./own-desk.js";
import { type OwnPostgres, startOwnPostgres } from "./own-postgres.js";
import { openSlowProxy, type SlowProxy } from "./slow-proxy.js";

describe.skipIf(!hasRedisServer)("the way to Postgres", () => {
  let postgres: OwnPostgres;
  let redis: OwnRedis;
  let proxy: SlowProxy;
  let desk: OwnDesk;

  beforeAll(async () => {
    [postgres, redis] = await Promise.all([startOwnPostgres(), startOwnRedis()]);
    proxy = await openSlowProxy(postgres.port);
    const databaseUrl = new URL(postgres.url);
    databaseUrl.port = String(proxy.port);
    desk = await startOwnDesk({ directUrl: postgres.url, databaseUrl: databaseUrl.href, redisUrl: redis.url });
  });

  afterAll(async () => {
    await desk?.close();
    await proxy?.close();
    await redis?.close();
    await postgres?.close();
  });

  it("slow: messages go on being stored, together, and the delay is named", async () => {
    const load = new Load(desk).start();
    await load.stored(10);
    proxy.delay(100);
    await load.stored(30, 60_000);
    expect((await desk.doctor()).get("way to the database")).toMatchObject({
      state: "warn",
      found: expect.stringMatching(/^2\d\d ms there and back$/),
    });
    const written = load.calls.filter(({ kind }) => kind === "write");
    expect(written.filter(({ answer }) => answer?.status !== 201)).toEqual([]);
    proxy.mend();
    await expectRecovered(desk, postgres);
    await load.stop();
    load.expectHonest();
    await load.expectNothingLost(postgres);
  });

  it("silent: whoever asks is answered 503 in time, and all goes on when it speaks again", async () => {
    const load = new Load(desk).start();
    await load.stored(10);
    proxy.hush();
    const silent = await until(async () => {
      const found = await desk.ready("api");
      return found.status === 503 && found;
    }, "readyz to name it");
    expect(silent.parts).toMatchObject({
      database: { ok: false, detail: "The database does not answer in time." },
      queue: { ok: true },
      bus: { ok: true },
    });
    await load.answered(503, 20);
    proxy.mend();
    await expectRecovered(desk, postgres);
    await load.stop();
    load.expectHonest();
    await load.expectNothingLost(postgres);
  });
});
