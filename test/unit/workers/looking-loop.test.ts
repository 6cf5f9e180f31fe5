import { pino } from "pino";
import { expect, test } from "vitest";
import { LookingLoop } from "../../../workers/looking-loop.js";

const logger = pino({ level: "silent" });

test("looks again at once while there is more, one look at a time", async () => {
  let looks = 0;
  let atOnce = 0;
  let most = 0;
  const seen = new Promise<void>((resolve) => {
    const loop = new LookingLoop({
      name: "test",
      everyMs: 60_000,
      logger,
      look: async () => {
        most = Math.max(most, ++atOnce);
        await new Promise(setImmediate);
        atOnce--;
        if (++looks === 5) void loop.stop().then(resolve);
        return looks < 5;
      },
    });
    loop.start();
  });
  await seen;
  expect({ looks, most }).toEqual({ looks: 5, most: 1 });
});

/** Runs a loop until it has looked twice; `first` is what its first look does. How often it looked. */
async function twoLooks(everyMs: number, first: (loop: LookingLoop) => void): Promise<number> {
  let looks = 0;
  let again: () => void = () => undefined;
  const lookedAgain = new Promise<void>((resolve) => {
    again = resolve;
  });
  const look = async () => {
    if (++looks === 1) first(loop);
    else again();
    return false;
  };
  const loop: LookingLoop = new LookingLoop({ name: "test", everyMs, logger, look });
  loop.start();
  await lookedAgain;
  await loop.stop();
  return looks;
}

test("a look that fails ends nothing", async () => {
  const looks = await twoLooks(20, () => {
    throw new Error("the database is away");
  });
  expect(looks).toBeGreaterThanOrEqual(2);
});

test("a wake during a look is a look after it, at once", async () => {
  // Nothing but the wake brings the second look before the test's deadline.
  expect(await twoLooks(60_000, (loop) => loop.wake())).toBe(2);
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
