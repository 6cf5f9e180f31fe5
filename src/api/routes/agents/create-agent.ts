import { createAgent } from "../../../commands/create-agent.js";
import { agentSchema, createAgentRequest } from "../../../contract/http/agents.js";
import { endpoint } from "../../endpoint.js";
import { answerAgent } from "./answer-agent.js";

export const createAgentEndpoint = endpoint({
  method: "post",
  path: "/api/agents/",
  tag: "Agents",
  summary: "Add an agent",
  policy: "agent.write",
  body: createAgentRequest,
  answers: { 201: { description: "The agent, offline", schema: agentSchema } },
  refusals: ["email_taken"],
  run: async ({ body, context, deps }) => {
    const { capacity = deps.config.TICKET_CAPACITY } = body;
    const { agentId } = await createAgent(context, { ...body, capacity });
    return answerAgent(context.db, agentId, 201);
  },
});
