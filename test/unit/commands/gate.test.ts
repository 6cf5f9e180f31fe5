import { expect, test } from "vitest";
import { Gate } from "../../../src/commands/gate.js";

/** A piece of work that ends when it is told to. */
function held(): { work: () => Promise<string>; end: (value: string) => void; begun: () => boolean } {
  let end: (value: string) => void = () => undefined;
  let begun = false;
  const done = new Promise<string>((resolve) => {
    end = resolve;
  });
  return {
    work: () => {
      begun = true;
      return done;
    },
    end: (value) => end(value),
    begun: () => begun,
  };
}

test("no more than so many run at once, and the others come in the order in which they asked", async () => {
  const gate = new Gate({ concurrency: 2, queueMax: 10, waitMs: 10_000, refusal: "Too many at once." });
  const order: number[] = [];
  let running = 0;
  let most = 0;
  const one = (n: number) =>
    gate.run(async () => {
      order.push(n);
      most = Math.max(most, ++running);
      await new Promise((resolve) => setImmediate(resolve));
      running--;
    });
  await Promise.all([1, 2, 3, 4, 5, 6].map(one));
  expect(most).toBe(2);
  expect(order).toEqual([1, 2, 3, 4, 5, 6]);
  expect(gate.waiting).toBe(0);
});

test("one more than may wait is refused, and who waits is served", async () => {
  const gate = new Gate({ concurrency: 1, queueMax: 1, waitMs: 10_000, refusal: "Too many at once." });
  const first = held();
  const running = gate.run(first.work);
  const waiting = gate.run(async () => "second");
  await expect(gate.run(async () => "third")).rejects.toMatchObject({ code: "overloaded" });
  first.end("first");
  expect(await running).toBe("first");
  expect(await waiting).toBe("second");
});

test("who waits too long is refused, and its place is not lost", async () => {
  const gate = new Gate({ concurrency: 1, queueMax: 10, waitMs: 20, refusal: "Too many at once." });
  const first = held();
  const running = gate.run(first.work);
  const late = held();
  await expect(gate.run(late.work)).rejects.toMatchObject({ code: "overloaded" });
  expect(late.begun()).toBe(false);
  first.end("done");
  await running;
  expect(await gate.run(async () => "next")).toBe("next");
});

test("work that throws gives its place on", async () => {
  const gate = new Gate({ concurrency: 1, queueMax: 10, waitMs: 10_000, refusal: "Too many at once." });
  await expect(gate.run(() => Promise.reject(new Error("broken")))).rejects.toThrow("broken");
  expect(await gate.run(async () => "next")).toBe("next");
});
