import { stageStatsSchema } from "../../../contract/http/stats.js";
import { Refusal } from "../../../domain/errors.js";
import { endpoint } from "../../endpoint.js";
import { lookAtParts } from "../../parts.js";

/** How the work between a message and its agent stands: each stage's jobs, and the stores that they need. */
export const stageStats = endpoint({
  method: "get",
  path: "/api/stats/stages/",
  tag: "Stats",
  summary: "Jobs of every stage, and whether database, queue and bus answer",
  policy: "stats.read",
  answers: { 200: { description: "Every stage, in the order of a message's way", schema: stageStatsSchema } },
  refusals: [],
  run: async ({ deps }) => {
    const { database, queue, bus } = await lookAtParts(deps);
    const found = queue.ok ? await deps.stageFigures?.().catch(() => undefined) : undefined;
    if (!found) throw new Refusal("unavailable", "The queue does not answer.");
    const results = found.map(({ stage, waiting, active, delayed, dead, oldestMs }) => ({
      stage,
      ...{ waiting, active, delayed, dead },
      oldest_wait_s: oldestMs === null ? null : Math.round(oldestMs / 1000),
    }));
    return { status: 200, body: { results, parts: { database, queue, bus } } };
  },
});
