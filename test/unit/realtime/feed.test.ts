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

  /** Starts it; what is heard, with when it had started. */
  function starting({ feed, heard }: ReturnType<typeof make>) {
    return feed.start().then(() => void heard.push("started"));
  }

  it("goes on trying until bus and database are there, has then started, and disconnects when it stops", async () => {
    const made = make(["away", "away", "there"]);
    void starting(made);
    await vi.advanceTimersByTimeAsync(199);
    expect(made.heard).toEqual(["away"]);
    await vi.advanceTimersByTimeAsync(401);
    expect(made.heard).toEqual(["away", "away", "there", "fed", "started"]);
    await made.feed.stop();
    expect(made.heard.at(-1)).toBe("disconnected");
  });

  it("has started after a second even while they are away, or hang, and tries on", async () => {
    const away = make(["away", "away", "away", "there"]);
    const hanging = make(["hangs"]);
    for (const made of [away, hanging]) void starting(made);
    await vi.advanceTimersByTimeAsync(999);
    expect([away.heard, hanging.heard]).toEqual([["away", "away", "away"], ["hangs"]]);
    await vi.advanceTimersByTimeAsync(1);
    expect([away.heard.at(-1), hanging.heard.at(-1)]).toEqual(["started", "started"]);
    await vi.advanceTimersByTimeAsync(400);
    expect(away.heard.slice(-2)).toEqual(["there", "fed"]);
    const stopped = Promise.all([away.feed.stop(), hanging.feed.stop()]);
    await vi.advanceTimersByTimeAsync(1000);
    await stopped;
  });

  it("stops between two tries, and does not wait for a try that hangs", async () => {
    const between = make(["away", "there"]);
    void between.feed.start();
    await vi.advanceTimersByTimeAsync(10);
    await between.feed.stop();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(between.heard).toEqual(["away"]);

    const hanging = make(["hangs"]);
    void hanging.feed.start();
    const stopped = hanging.feed.stop();
    await vi.advanceTimersByTimeAsync(1000);
    await stopped;
    expect(hanging.heard).toEqual(["hangs"]);
  });
});
