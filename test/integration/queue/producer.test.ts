import { describe, expect, it } from "vitest";
import { batchesOf } from "../../../src/queue/stage-producer.js";
import { backoffMs, priorities, priorityOf, stageSettings } from "../../../src/queue/stages.js";
import { limits } from "./drivers.js";

describe("stages", () => {
  it("waits twice as long after each failure, up to a minute, and never less than half of it", () => {
    const longest = () => 1;
    const shortest = () => 0;
    expect([1, 2, 3, 4, 5, 6, 7].map((attempt) => backoffMs(attempt, longest))).toEqual([
      500, 1000, 2000, 4000, 8000, 16_000, 32_000,
    ]);
    expect([8, 20, 49].map((attempt) => backoffMs(attempt, longest))).toEqual([60_000, 60_000, 60_000]);
    expect([1, 2, 49].map((attempt) => backoffMs(attempt, shortest))).toEqual([250, 500, 30_000]);
  });

  it("gives the most urgent the first priority, the unknown the middle one, and none but the known ones", () => {
    expect([100, 80, 79, 60, 40, 20, 19, 0].map(priorityOf)).toEqual([1, 1, 2, 2, 3, 4, 5, 5]);
    expect(priorityOf(undefined)).toBe(3);
    expect([-5, 1000].map(priorityOf)).toEqual([5, 1]);
    for (let urgency = 0; urgency <= 100; urgency++) expect(priorities).toContain(priorityOf(urgency));
  });

  it("frees a dead worker's maintain soon, whatever the lock time of the others", () => {
    expect(stageSettings("maintain", { ...limits, JOB_LOCK_MS: 30_000 }).lockMs).toBe(5000);
    expect(stageSettings("score", { ...limits, JOB_LOCK_MS: 30_000 }).lockMs).toBe(30_000);
  });
});

describe("batches", () => {
  const item = (subjectId: number, urgency?: number) => ({
    subjectId,
    requestId: null,
    ...(urgency === undefined ? {} : { urgency }),
  });

  it("keep the order and hold at most their number", () => {
    const items = Array.from({ length: 201 }, (_, index) => item(index));
    const batches = batchesOf(items, 100, false);
    expect(batches.map((batch) => batch.length)).toEqual([100, 100, 1]);
    expect(batches.flat()).toEqual(items);
  });

  it("put the urgent together, first, where the stage has priorities", () => {
    const items = [item(1, 10), item(2, 95), item(3), item(4, 90), item(5, 5)];
    const ids = batchesOf(items, 100, true).map((batch) => batch.map((each) => each.subjectId));
    expect(ids).toEqual([[2, 4], [3], [1, 5]]);
    expect(batchesOf(items, 100, false)).toHaveLength(1);
  });
});
