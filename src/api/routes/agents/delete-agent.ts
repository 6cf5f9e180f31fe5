import { deleteAgent } from "../../../commands/delete-agent.js";
import { closeSockets } from "../../close-sockets.js";
import { endpoint } from "../../endpoint.js";

/** Removes an agent: its tickets wait again, its token and its sockets end. */
export const deleteAgentEndpoint = endpoint({
  method: "delete",
  path: "/api/agents/{id}/",
  tag: "Agents",
  summary: "Remove an agent; what it held waits again, its age kept",
  policy: "agent.write",
  noun: "agent_not_found",
  answers: { 204: { description: "Removed; what it said and closed keeps its name" } },
  refusals: [],
  run: async ({ id, context, deps }) => {
    await deleteAgent(context, { agentId: id });
    await closeSockets(deps, id, "removed");
    return { status: 204 };
  },
});
