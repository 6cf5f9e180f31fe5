import { actingRequest } from "../../../contract/http/message-requests.js";
import { assignedSchema } from "../../../contract/http/tickets.js";
import { activeAgentName } from "../../../db/queries/lock-agent.js";
import { Refusal } from "../../../domain/errors.js";
import { requireOwnAgent } from "../../../domain/policy.js";
import { type EndpointInput, endpoint } from "../../endpoint.js";
import { presentTicket } from "../../presenters/ticket.js";

/** What both methods are; seed 002 asks with GET, and what changes something is asked for with POST. */
const assign = {
  path: "/api/agent/tickets/assign/",
  tag: "Tickets",
  summary: "Top up to the capacity, in queue order",
  policy: "batch.pull",
  limit: "assign",
  fieldCodes: { agent_id: "invalid_agent_id" },
  answers: { 200: { description: "All that the agent holds, and what of it is new", schema: assignedSchema } },
  refusals: ["agent_not_found", "not_your_agent", "overloaded"],
} as const;

/** An agent pulls its batch: the path of all fills, whether or not the agent is online. */
async function pull(
  { context, caller, deps }: Pick<EndpointInput<unknown, unknown>, "context" | "caller" | "deps">,
  named: number | undefined,
) {
  const agentId = named ?? caller.actor.id ?? 0;
  if (agentId !== caller.actor.id && (await activeAgentName(context.db.kysely, agentId)) === null) {
    throw new Refusal("agent_not_found", "There is no such agent.");
  }
  requireOwnAgent(context.actor, agentId);
  const { taken, capacity, tickets } = await deps.pulls.pull({ ...context, gate: deps.fillGate }, agentId);
  const held = tickets.map(presentTicket);
  return {
    status: 200,
    headers: { "cache-control": "no-store" },
    body: {
      assigned_tickets: held.map((ticket) => ticket.id),
      tickets: held,
      count: held.length,
      capacity,
      newly_assigned: taken,
    },
  };
}

/** The pull as seed 002 writes it. */
export const getAssigned = endpoint({
  ...assign,
  method: "get",
  query: actingRequest,
  run: (input) => pull(input, input.query.agent_id),
});

export const assignTickets = endpoint({
  ...assign,
  method: "post",
  body: actingRequest,
  bodyOptional: true,
  run: (input) => pull(input, input.body.agent_id),
});
