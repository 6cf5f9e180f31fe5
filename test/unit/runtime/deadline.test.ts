import { expect, it } from "vitest";
import { waitAtMost } from "../../../src/runtime/deadline.js";

const never = new Promise<never>(() => undefined);
const timers = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;

it("waits no longer than the work, and leaves no timer", async () => {
  const before = timers();
  await waitAtMost(60_000, Promise.resolve());
  expect(timers()).toBe(before);
});

it("waits no longer than it is told to, nor after the signal", async () => {
  await waitAtMost(10, never);
  const cut = new AbortController();
  const waiting = waitAtMost(60_000, never, cut.signal);
  cut.abort();
  await waiting;
});

it("rejects as the work does", async () => {
  await expect(waitAtMost(60_000, Promise.reject(new Error("broken")))).rejects.toThrow("broken");
});
