import { updateAgent } from "../../../commands/update-agent.js";
import { agentSchema, replaceAgentRequest } from "../../../contract/http/agents.js";
import { endpoint } from "../../endpoint.js";
import { answerAgent } from "./answer-agent.js";

/** Puts a whole agent in place of one: a capacity that is left out is the desk's default, queues are all. */
export const replaceAgentEndpoint = endpoint({
  method: "put",
  path: "/api/agents/{id}/",
  tag: "Agents",
  summary: "Replace an agent's name, address, capacity and queues",
  policy: "agent.write",
  noun: "agent_not_found",
  body: replaceAgentRequest,
  answers: { 200: { description: "The agent; what it holds beyond a lower capacity it keeps", schema: agentSchema } },
  refusals: ["email_taken"],
  run: async ({ id, body, context, deps }) => {
    const { capacity = deps.config.TICKET_CAPACITY, queues = [] } = body;
    const { agentId } = await updateAgent(context, { ...body, agentId: id, capacity, queues });
    return answerAgent(context.db, agentId);
  },
});
