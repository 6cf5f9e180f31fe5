import { agentSchema } from "../../../contract/http/agents.js";
import { endpoint } from "../../endpoint.js";
import { answerAgent } from "./answer-agent.js";

export const readAgentEndpoint = endpoint({
  method: "get",
  path: "/api/agents/{id}/",
  tag: "Agents",
  summary: "One agent",
  policy: "agent.read",
  noun: "agent_not_found",
  answers: { 200: { description: "The agent", schema: agentSchema } },
  refusals: [],
  run: ({ id, context }) => answerAgent(context.db, id),
});
