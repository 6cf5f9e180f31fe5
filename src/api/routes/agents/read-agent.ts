import { agentSchema } from "../../../contract/http/agents.js";
import { readAgent } from "../../../db/queries/read-agents.js";
import { Refusal } from "../../../domain/errors.js";
import { endpoint } from "../../endpoint.js";
import { presentAgent } from "../../presenters/agent.js";

export const readAgentEndpoint = endpoint({
  method: "get",
  path: "/api/agents/{id}/",
  tag: "Agents",
  summary: "One agent",
  roles: ["agent", "admin"],
  noun: "agent_not_found",
  answers: { 200: { description: "The agent", schema: agentSchema } },
  refusals: [],
  run: async ({ id, context }) => {
    const row = await readAgent(context.db.kysely, id);
    if (!row) throw new Refusal("agent_not_found", "There is no such agent.");
    return { status: 200, body: presentAgent(row) };
  },
});
