import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Feed } from "../../../src/realtime/feed.js";

describe("feed", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  function make(outcomes: ("away" | "there" | "hangs")[]) {
    const heard: string[] = [];
    const feed = new Feed({
      logger: pino({ level: "silent" }),
      onFed: () => heard.push("fed"),
      connect: async () => {
        const outcome = outcomes.shift() ?? "hangs";
        heard.push(outcome);
        if (outcome === "away") throw new Error("ECONNREFUSED");
        if (outcome === "hangs") await new Promise(() => undefined);
        return async () => void heard.push("disconnected");
      },
    });
    return { feed, heard };
  }

  it("starts at once, goes on trying until bus and database are there, and disconnects when it stops", async () => {
    const { feed, heard } = make(["away", "away", "there"]);
    await feed.start();
    await vi.advanceTimersByTimeAsync(199);
    expect(heard).toEqual(["away"]);
    await vi.advanceTimersByTimeAsync(401);
    expect(heard).toEqual(["away", "away", "there", "fed"]);
    await feed.stop();
    expect(heard.at(-1)).toBe("disconnected");
  });

  it("stops between two tries, and does not wait for a try that hangs", async () => {
    const between = make(["away", "there"]);
    await between.feed.start();
    await vi.advanceTimersByTimeAsync(10);
    await between.feed.stop();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(between.heard).toEqual(["away"]);

    const hanging = make(["hangs"]);
    await hanging.feed.start();
    const stopped = hanging.feed.stop();
    await vi.advanceTimersByTimeAsync(1000);
    await stopped;
    expect(hanging.heard).toEqual(["hangs"]);
  });
});
