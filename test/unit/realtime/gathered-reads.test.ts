import { describe, expect, it } from "vitest";
import { GatheredReads } from "../../../src/realtime/gathered-reads.js";

/** A store whose reads end when the test says so. */
class HeldStore {
  readonly rows = new Map<number, string>([[1, "one"]]);
  readonly asked: number[][] = [];
  readonly pending: { release: () => void; fail: () => void }[] = [];
  readonly reads = new GatheredReads<number, string>((keys) => {
    this.asked.push(keys);
    return new Promise((resolve, reject) => {
      this.pending.push({ release: () => resolve(new Map(this.rows)), fail: () => reject(new Error("away")) });
    });
  });
}

describe("gathered reads", () => {
  it("share the next read while one is under way, each key once", async () => {
    const store = new HeldStore();
    const first = store.reads.get(1);
    const others = [store.reads.get(1), store.reads.get(2), store.reads.get(2)];
    store.rows.set(2, "two");
    store.pending[0]?.release();
    expect(await first).toBe("one");
    await expect.poll(() => store.pending.length).toBe(2);
    store.pending[1]?.release();
    expect(await Promise.all(others)).toEqual(["one", "two", "two"]);
    expect(store.asked).toEqual([[1], [1, 2]]);
  });

  it("say that nothing is there, and reject those of a read that failed, no others", async () => {
    const store = new HeldStore();
    const lost = store.reads.get(7);
    const next = store.reads.get(8);
    store.pending[0]?.fail();
    await expect(lost).rejects.toThrow("away");
    await expect.poll(() => store.pending.length).toBe(2);
    store.pending[1]?.release();
    expect(await next).toBeUndefined();
  });

  it("ask for 500 at a time", async () => {
    const sizes: number[] = [];
    const reads = new GatheredReads<number, number>(async (keys) => {
      sizes.push(keys.length);
      return new Map(keys.map((key) => [key, key]));
    });
    const all = await Promise.all(Array.from({ length: 1201 }, (_, key) => reads.get(key)));
    expect(all).toEqual(Array.from({ length: 1201 }, (_, key) => key));
    expect(sizes).toEqual([1, 500, 500, 200]);
  });
});
