import { describe, expect, it } from "vitest";
import { Limiter, type LimitRule, type LimitStore } from "../../../src/runtime/limiter.js";

const minute = (limit: number): LimitRule => ({ name: "write", limit, windowMs: 60_000 });

/** A store that several processes share, and that can go away. */
function sharedStore() {
  const counts = new Map<string, number>();
  const state = { away: false, asked: 0, waiting: [] as Promise<number>[] };
  const store: LimitStore = {
    add: (key, points) => {
      state.asked++;
      const answer = state.away ? Promise.reject(new Error("away")) : Promise.resolve((counts.get(key) ?? 0) + points);
      if (!state.away) counts.set(key, (counts.get(key) ?? 0) + points);
      answer.catch(() => undefined);
      state.waiting.push(answer);
      return answer;
    },
    drop: async (key) => counts.delete(key),
    close: async () => undefined,
  };
  /** All answers have reached who asked. */
  const settled = async () => {
    await Promise.allSettled(state.waiting);
    await Promise.resolve();
  };
  return { store, state, counts, settled };
}

function at(start = 1_000_000_000_000) {
  const clock = { now: start };
  return { clock, now: () => clock.now };
}

/** How many of so many single points are let through. */
const through = (limiter: Limiter, rule: LimitRule, key: string, tries: number) =>
  Array.from({ length: tries }).filter(() => limiter.take(rule, key).allowed).length;

describe("a limiter on its own", () => {
  it("lets exactly the limit through in a window, and all of it again in the next", () => {
    const { clock, now } = at();
    const limiter = new Limiter(null, now);
    // From the start of a window on.
    clock.now += limiter.take(minute(100), "u1").resetMs;
    expect(through(limiter, minute(100), "u1", 250)).toBe(100);
    const refused = limiter.take(minute(100), "u1");
    expect(refused).toEqual({ allowed: false, limit: 100, remaining: 0, resetMs: 60_000 });
    clock.now += 59_999;
    expect(limiter.take(minute(100), "u1").allowed).toBe(false);
    clock.now += 1;
    expect(through(limiter, minute(100), "u1", 250)).toBe(100);
  });

  it("counts keys and rules apart", () => {
    const limiter = new Limiter(null, at().now);
    expect(through(limiter, minute(3), "u1", 5)).toBe(3);
    expect(through(limiter, minute(3), "u2", 5)).toBe(3);
    expect(through(limiter, { ...minute(3), name: "read" }, "u1", 5)).toBe(3);
  });

  it("takes several points whole or not at all", () => {
    const limiter = new Limiter(null, at().now);
    expect(limiter.take(minute(10), "u1", 8)).toMatchObject({ allowed: true, remaining: 2 });
    expect(limiter.take(minute(10), "u1", 3)).toMatchObject({ allowed: false, remaining: 2 });
    expect(limiter.take(minute(10), "u1", 2)).toMatchObject({ allowed: true, remaining: 0 });
  });

  it("limits nothing at 0", async () => {
    const limiter = new Limiter(null, at().now);
    expect(through(limiter, minute(0), "u1", 1000)).toBe(1000);
    expect((await limiter.takeExactly(minute(0), "u1")).allowed).toBe(true);
    expect(limiter.look(minute(0), "u1")).toMatchObject({ allowed: true, limit: 0 });
  });

  it("looks without taking", () => {
    const limiter = new Limiter(null, at().now);
    expect(limiter.look(minute(1), "u1")).toMatchObject({ allowed: true, remaining: 1 });
    expect(limiter.look(minute(1), "u1")).toMatchObject({ allowed: true, remaining: 1 });
    limiter.take(minute(1), "u1");
    expect(limiter.look(minute(1), "u1")).toMatchObject({ allowed: false, remaining: 0 });
  });

  it("begins windows of different keys at different moments", () => {
    const limiter = new Limiter(null, at().now);
    const ends = Array.from({ length: 100 }, (_, index) => limiter.take(minute(5), `user ${index}`).resetMs);
    expect(new Set(ends).size).toBeGreaterThan(90);
    for (const end of ends) expect(end).toSatisfy((ms: number) => ms > 0 && ms <= 60_000);
  });

  it("forgets the oldest of more keys than it holds, and stays within bounds", () => {
    const limiter = new Limiter(null, at().now);
    limiter.take(minute(1), "first");
    for (let index = 0; index < 50_000; index++) limiter.take(minute(1), `other ${index}`);
    expect(limiter.take(minute(1), "other 49999").allowed).toBe(false);
    expect(limiter.take(minute(1), "first").allowed).toBe(true);
  });

  it("counts exactly, refusals too, and forgives", async () => {
    const limiter = new Limiter(null, at().now);
    const tries = await Promise.all(Array.from({ length: 5 }, () => limiter.takeExactly(minute(3), "u1")));
    expect(tries.map(({ allowed }) => allowed)).toEqual([true, true, true, false, false]);
    limiter.forgive(minute(3), "u1");
    expect((await limiter.takeExactly(minute(3), "u1")).allowed).toBe(true);
  });
});

describe("limiters that share a store", () => {
  it("cost a caller below a twentieth of its limit no look into the store", async () => {
    const { store, state, settled } = sharedStore();
    const limiter = new Limiter(store, at().now);
    through(limiter, minute(1000), "u1", 49);
    await settled();
    expect(state.asked).toBe(0);
    through(limiter, minute(1000), "u1", 1);
    await settled();
    expect(state.asked).toBe(1);
  });

  it("together let through no more than a twentieth of the limit too much for each of them", async () => {
    const { store, settled } = sharedStore();
    const { now } = at();
    const limiters = Array.from({ length: 4 }, () => new Limiter(store, now));
    let allowed = 0;
    for (let round = 0; round < 1000; round++) {
      for (const limiter of limiters) if (limiter.take(minute(1000), "u1").allowed) allowed++;
      await settled();
    }
    expect(allowed).toBeGreaterThanOrEqual(1000);
    expect(allowed).toBeLessThanOrEqual(1000 + 4 * 50);
  });

  it("count exactly over all of them, and forgive for all of them", async () => {
    const { store } = sharedStore();
    const { now } = at();
    const [one, two] = [new Limiter(store, now), new Limiter(store, now)];
    const answers: boolean[] = [];
    for (let round = 0; round < 3; round++) {
      for (const limiter of [one, two]) answers.push((await limiter.takeExactly(minute(4), "u1")).allowed);
    }
    expect(answers).toEqual([true, true, true, true, false, false]);
    two.forgive(minute(4), "u1");
    expect((await one.takeExactly(minute(4), "u1")).allowed).toBe(true);
    expect((await two.takeExactly(minute(4), "u1")).remaining).toBe(2);
  });

  it("go on alone while it is away, do not ask it again for a second, and come back to it", async () => {
    const { store, state, settled } = sharedStore();
    const { clock, now } = at();
    const limiter = new Limiter(store, now);
    state.away = true;
    expect(through(limiter, minute(10), "u1", 50)).toBe(10);
    await settled();
    expect(state.asked).toBe(1);
    const tries = [];
    for (let index = 0; index < 5; index++) tries.push((await limiter.takeExactly(minute(3), "u2")).allowed);
    expect(tries).toEqual([true, true, true, false, false]);
    expect(state.asked).toBe(1);
    state.away = false;
    clock.now += 1000;
    expect((await limiter.takeExactly(minute(3), "u3")).allowed).toBe(true);
    expect(state.asked).toBe(2);
  });
});
