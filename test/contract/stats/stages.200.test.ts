import { afterAll, beforeAll, expect, it } from "vitest";
import { stageStatsSchema } from "../../../src/contract/http/stats.js";
import { type ApiUnderTest, startApi } from "../api-under-test.js";

let oldestMs: number | null = 61_400;
let isAway = false;
let api: ApiUnderTest;
beforeAll(async () => {
  const counts = { waiting: 3, active: 1, delayed: 2, completed: 9, dead: 4 };
  api = await startApi(
    {},
    {
      stageFigures: async () => {
        if (isAway) throw new Error("away");
        return [{ stage: "score", ...counts, oldestMs }];
      },
    },
  );
});
afterAll(() => api.drop());

const look = (token = api.tokens.agent) => api.call("GET", "/api/stats/stages/", undefined, { token });

it("200: what each stage has to do, and whether what it needs answers", async () => {
  for (const token of [api.tokens.agent, api.tokens.admin]) {
    const answer = await look(token);
    expect(answer.status).toBe(200);
    const { results, parts } = stageStatsSchema.parse(answer.body);
    expect(results).toEqual([{ stage: "score", waiting: 3, active: 1, delayed: 2, dead: 4, oldest_wait_s: 61 }]);
    expect([parts.database.ok, parts.queue.ok, parts.bus.ok]).toEqual([true, true, true]);
  }
  oldestMs = null;
  expect((await look()).body.results[0].oldest_wait_s).toBeNull();
});

it("503 unavailable where the queue cannot be asked", async () => {
  isAway = true;
  const answer = await look();
  expect([answer.status, answer.body.status]).toEqual([503, "unavailable"]);
});
