import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { remembered } from "../../../src/runtime/remembered.js";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

it("reads once for all who ask while it is under way, however long that takes", async () => {
  let answer: (value: number) => void = () => undefined;
  const read = vi.fn(() => new Promise<number>((resolve) => (answer = resolve)));
  const ask = remembered(1000, read);
  const first = ask();
  vi.advanceTimersByTime(60_000);
  const second = ask();
  answer(7);
  expect(await Promise.all([first, second])).toEqual([7, 7]);
  expect(read).toHaveBeenCalledTimes(1);
});

it("reads again when its answer is older than that, and not before", async () => {
  let count = 0;
  const ask = remembered(1000, async () => ++count);
  expect(await ask()).toBe(1);
  vi.advanceTimersByTime(999);
  expect(await ask()).toBe(1);
  vi.advanceTimersByTime(1);
  expect(await ask()).toBe(2);
});

it("does not remember a failure", async () => {
  let fails = true;
  const ask = remembered(1000, async () => {
    if (fails) throw new Error("away");
    return 1;
  });
  await expect(ask()).rejects.toThrow("away");
  fails = false;
  expect(await ask()).toBe(1);
});
