import { randomBytes } from "node:crypto";
import { afterEach, beforeAll, describe, expect, inject, it } from "vitest";
import { Limiter, type LimitRule } from "../../../src/runtime/limiter.js";
import { openRedisLimitStore } from "../../../src/runtime/limiter-redis.js";
import { silentLogger } from "../../support/silent-logger.js";
import { until } from "../../support/until.js";
import { hasRedisServer, type OwnRedis, startOwnRedis } from "../workers/own-redis.js";

const isSkipped = inject("redisUrl") === null || !hasRedisServer;
if (isSkipped) console.warn("limits: NO REDIS HERE, the shared store is not tested");

const rule = (limit: number): LimitRule => ({ name: "test", limit, windowMs: 60_000 });

describe.skipIf(isSkipped)("limits over Redis", () => {
  let redis: OwnRedis;
  const open: Limiter[] = [];
  beforeAll(async () => {
    redis = await startOwnRedis();
    return () => redis.close();
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((limiter) => limiter.close()));
  });

  /** A clock that stands still: no window ends in the middle of a test. */
  const frozen = Date.now();
  const prefixOf = () => `t${randomBytes(4).toString("hex")}`;
  const openStore = (prefix: string) =>
    openRedisLimitStore({ redisUrl: redis.url, name: "limits-test", logger: silentLogger, prefix });

  /** Processes that share a desk's counts; each is connected when this resolves. All have one clock. */
  async function processes(count: number, now?: () => number): Promise<Limiter[]> {
    const prefix = prefixOf();
    return Promise.all(
      Array.from({ length: count }, async () => {
        const store = openStore(prefix);
        await until(() => store.add("hello", 1, 60).catch(() => null), "Redis to answer");
        const limiter = new Limiter(store, now);
        open.push(limiter);
        return limiter;
      }),
    );
  }

  it("count exactly over several processes, and forgive for all", async () => {
    const limiters = await processes(3, () => frozen);
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, index) => limiters[index % 3]?.takeExactly(rule(10), "u1")),
    );
    expect(answers.filter((taken) => taken?.allowed)).toHaveLength(10);
    limiters[0]?.forgive(rule(10), "u1");
    await until(async () => (await limiters[2]?.takeExactly(rule(10), "u1"))?.allowed, "the points to be there again");
  });

  it("hold a caller who goes through several processes to the limit and a twentieth more for each", async () => {
    const limiters = await processes(3, () => frozen);
    let allowed = 0;
    for (let round = 0; round < 200; round++) {
      for (const limiter of limiters) if (limiter.take(rule(400), "u1").allowed) allowed++;
      // What was told to the store is answered by then: a connection answers in order.
      await Promise.all(limiters.map((limiter) => limiter.takeExactly(rule(1_000_000), "ask")));
    }
    expect(allowed).toBeGreaterThanOrEqual(400);
    expect(allowed).toBeLessThanOrEqual(400 + 3 * 20);
  });

  it("begin anew with the next window", async () => {
    let now = Date.now();
    const [limiter] = await processes(1, () => now);
    const taken = await limiter?.takeExactly(rule(1), "u1");
    expect(taken?.allowed).toBe(true);
    expect((await limiter?.takeExactly(rule(1), "u1"))?.allowed).toBe(false);
    now += taken?.resetMs ?? 0;
    expect((await limiter?.takeExactly(rule(1), "u1"))?.allowed).toBe(true);
  });

  it("answer at once while Redis is away, and share again when it is back", async () => {
    let now = frozen;
    const [one, two] = await processes(2, () => now);
    await one?.takeExactly(rule(3), "u1");
    await redis.kill();
    const tries: (boolean | undefined)[] = [];
    for (let index = 0; index < 5; index++) tries.push((await one?.takeExactly(rule(3), "u1"))?.allowed);
    expect(tries).toEqual([true, true, false, false, false]);
    expect((await two?.takeExactly(rule(3), "u1"))?.allowed).toBe(true);
    await redis.restart();
    // Both count in Redis again: what one takes, the other sees.
    let attempt = 0;
    await until(async () => {
      const key = `back ${attempt++}`;
      now += 1000;
      await one?.takeExactly(rule(1), key);
      return (await two?.takeExactly(rule(1), key))?.allowed === false;
    }, "the counts to be shared again");
  });
});

describe("limits without Redis", () => {
  it("count in each process alone", async () => {
    const [one, two] = [new Limiter(null), new Limiter(null)];
    expect((await one.takeExactly(rule(1), "u1")).allowed).toBe(true);
    expect((await one.takeExactly(rule(1), "u1")).allowed).toBe(false);
    expect((await two.takeExactly(rule(1), "u1")).allowed).toBe(true);
  });
});
