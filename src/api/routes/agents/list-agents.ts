import { agentPageSchema, listAgentsQuery } from "../../../contract/http/agents.js";
import { listAgents } from "../../../db/queries/read-agents.js";
import { decodeCursor, idPlace, pageOf } from "../../cursor.js";
import { endpoint } from "../../endpoint.js";
import { presentAgent } from "../../presenters/agent.js";

export const listAgentsEndpoint = endpoint({
  method: "get",
  path: "/api/agents/",
  tag: "Agents",
  summary: "List agents",
  policy: "agent.read",
  query: listAgentsQuery,
  answers: { 200: { description: "A page of agents, each with its open tickets", schema: agentPageSchema } },
  refusals: [],
  run: async ({ query, context }) => {
    const afterId = decodeCursor(idPlace, query.cursor)?.id;
    const rows = await listAgents(context.db.kysely, { afterId, limit: query.limit + 1 });
    return { status: 200, body: pageOf(rows, query.limit, presentAgent, ({ id }) => ({ id })) };
  },
});
