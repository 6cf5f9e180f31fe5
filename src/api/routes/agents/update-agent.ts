import { updateAgent } from "../../../commands/update-agent.js";
import { agentSchema, updateAgentRequest } from "../../../contract/http/agents.js";
import { endpoint } from "../../endpoint.js";
import { answerAgent } from "./answer-agent.js";

export const updateAgentEndpoint = endpoint({
  method: "patch",
  path: "/api/agents/{id}/",
  tag: "Agents",
  summary: "Change an agent",
  policy: "agent.write",
  noun: "agent_not_found",
  body: updateAgentRequest,
  answers: { 200: { description: "The agent; what it holds beyond a lower capacity it keeps", schema: agentSchema } },
  refusals: ["email_taken"],
  run: async ({ id, body, context }) => {
    const { agentId } = await updateAgent(context, { ...body, agentId: id });
    return answerAgent(context.db, agentId);
  },
});
