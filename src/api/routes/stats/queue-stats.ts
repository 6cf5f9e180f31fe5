import { queueStatsListSchema } from "../../../contract/http/stats.js";
import { endpoint } from "../../endpoint.js";
import { presentQueueStats } from "../../presenters/queue-stats.js";
import { rememberedStats } from "./remembered-stats.js";

/** What waits where, who serves it, and how it went; at most two seconds old. */
export const queueStats = endpoint({
  method: "get",
  path: "/api/stats/queues/",
  tag: "Stats",
  summary: "Depth, oldest wait, agents, rates and history of every queue",
  policy: "stats.read",
  answers: { 200: { description: "Every queue, by name", schema: queueStatsListSchema } },
  refusals: [],
  run: async ({ context }) => {
    const stats = await rememberedStats(context.db).queues();
    const body = { measured_at: stats.measuredAt.toISOString(), results: presentQueueStats(stats) };
    return { status: 200, body };
  },
});
