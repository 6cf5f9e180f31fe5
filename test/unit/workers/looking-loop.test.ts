import { pino } from "pino";
import { expect, test } from "vitest";
import { LookingLoop } from "../../../workers/looking-loop.js";

const logger = pino({ level: "silent" });

test("looks again at once while there is more, one look at a time", async () => {
  let looks = 0;
  let atOnce = 0;
  const seen = new Promise<void>((resolve) => {
    const loop = new LookingLoop({
      name: "test",
      everyMs: 60_000,
      logger,
      look: async () => {
        expect(++atOnce).toBe(1);
        await new Promise(setImmediate);
        atOnce--;
        if (++looks === 5) void loop.stop().then(resolve);
        return looks < 5;
      },
    });
    loop.start();
  });
  await seen;
  expect(looks).toBe(5);
});

test("a look that fails ends nothing; a wake during a look is a look after it", async () => {
  const told: string[] = [];
  let loop: LookingLoop | null = null;
  await new Promise<void>((resolve) => {
    loop = new LookingLoop({
      name: "test",
      everyMs: 20,
      logger,
      look: async () => {
        told.push("look");
        if (told.length === 1) throw new Error("the database is away");
        if (told.length === 2) loop?.wake();
        if (told.length === 3) resolve();
        return false;
      },
    });
    loop.start();
  });
  await (loop as LookingLoop | null)?.stop();
  expect(told).toHaveLength(3);
});

test("a look under way is told that the loop is to stop, and stop waits for it", async () => {
  let heard = false;
  let begin: () => void = () => undefined;
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const loop = new LookingLoop({
    name: "test",
    everyMs: 60_000,
    logger,
    look: async (stopping) => {
      begin();
      await new Promise<void>((resolve) => stopping.addEventListener("abort", () => resolve()));
      heard = true;
      return true;
    },
  });
  loop.start();
  await begun;
  await loop.stop();
  expect(heard).toBe(true);
});
