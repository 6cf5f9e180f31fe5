import { setAvailability } from "../../../commands/set-availability.js";
import { agentPresenceFrame } from "../../../contract/agent-presence.js";
import { agentSchema, availabilityRequest } from "../../../contract/http/agents.js";
import { endpoint } from "../../endpoint.js";
import { answerAgent } from "./answer-agent.js";

/** An agent says whether work may be pushed to it; an admin says it for one. Those who watch agents are shown it. */
export const setAvailabilityEndpoint = endpoint({
  method: "put",
  path: "/api/agents/me/availability/",
  tag: "Agents",
  summary: "Be online, away or offline: pushed work needs online",
  policy: "agent.availability",
  body: availabilityRequest,
  fieldCodes: { agent_id: "invalid_agent_id" },
  answers: { 200: { description: "The agent", schema: agentSchema } },
  refusals: ["agent_not_found", "not_your_agent"],
  run: async ({ body, context, deps }) => {
    const agentId = body.agent_id ?? context.actor.id ?? 0;
    const leaseMinutes = deps.config.OWNERSHIP_LEASE_MINUTES;
    const changed = await setAvailability(context, { agentId, availability: body.availability, leaseMinutes });
    if (changed) {
      await deps.bus
        .publishEphemeral(agentPresenceFrame(changed))
        .catch((error: unknown) => deps.logger.debug({ err: error, agent_id: agentId }, "presence was lost"));
    }
    return answerAgent(context.db, agentId);
  },
});
