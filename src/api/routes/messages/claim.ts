import { claimTicket } from "../../../commands/claim-ticket.js";
import { claimedSchema, claimRequest } from "../../../contract/http/message-requests.js";
import { agentName } from "../../../db/queries/lock-agent.js";
import { claimRefusal } from "../../../domain/claim.js";
import { endpoint } from "../../endpoint.js";

/** An agent takes a waiting message: exactly one of those who try. */
export const claim = endpoint({
  method: "post",
  path: "/api/messages/{id}/claim/",
  tag: "Messages",
  summary: "Claim a message",
  policy: "message.claim",
  noun: "message_not_found",
  body: claimRequest,
  fieldCodes: { agent_id: "invalid_agent_id" },
  answers: { 200: { description: "It is the agent's, or was already", schema: claimedSchema } },
  refusals: ["agent_not_found", "not_your_agent", "already_closed", "already_claimed", "at_capacity"],
  run: async ({ id, body, caller, context }) => {
    const outcome = await claimTicket(context, { ticketId: id, agentId: body.agent_id });
    if (outcome.kind !== "claimed") throw claimRefusal(outcome);
    const { ticketId, agentId, version } = outcome;
    const own = caller.actor.id === agentId;
    const name = own ? caller.actor.name : await agentName(context.db.kysely, agentId);
    const body200 = { status: "claimed", message_id: ticketId, claimed_by: name ?? "", assigned_to: agentId, version };
    return { status: 200, body: body200 };
  },
});
