import { agentStatsPageSchema, agentStatsQuery } from "../../../contract/http/stats.js";
import { listAgentStats } from "../../../db/queries/read-agent-stats.js";
import { decodeCursor, idPlace, pageOf } from "../../cursor.js";
import { endpoint } from "../../endpoint.js";
import { presentAgentStats } from "../../presenters/agent-stats.js";
import { rememberedStats } from "./remembered-stats.js";

/** What each agent holds and does; what it closed is at most two seconds old. */
export const agentStats = endpoint({
  method: "get",
  path: "/api/stats/agents/",
  tag: "Stats",
  summary: "Load of every agent",
  policy: "stats.read",
  query: agentStatsQuery,
  answers: { 200: { description: "A page of agents, by id", schema: agentStatsPageSchema } },
  refusals: [],
  run: async ({ query, context }) => {
    const afterId = decodeCursor(idPlace, query.cursor)?.id;
    const closed = await rememberedStats(context.db).closedLastHour();
    const rows = await listAgentStats(context.db.kysely, { afterId, limit: query.limit + 1 });
    const body = pageOf(
      rows,
      query.limit,
      (row) => presentAgentStats(row, closed.get(row.id) ?? 0),
      ({ id }) => ({ id }),
    );
    return { status: 200, body };
  },
});
