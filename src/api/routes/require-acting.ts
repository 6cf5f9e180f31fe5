import type { CommandContext } from "../../commands/context.js";
import { activeAgentName } from "../../db/queries/lock-agent.js";
import { Refusal } from "../../domain/errors.js";
import { requireOwnAgent } from "../../domain/policy.js";

/**
 * An `agent_id` that a body may carry beside what it is about: it must be somebody (404 first) and the token's own,
 * unless an admin calls. Throws `agent_not_found`, `not_your_agent`.
 */
export async function requireActing(
  context: Pick<CommandContext, "db" | "actor">,
  agentId: number | undefined,
): Promise<void> {
  if (agentId === undefined || agentId === context.actor.id) return;
  if ((await activeAgentName(context.db.kysely, agentId)) === null) {
    throw new Refusal("agent_not_found", "There is no such agent.");
  }
  requireOwnAgent(context.actor, agentId);
}
