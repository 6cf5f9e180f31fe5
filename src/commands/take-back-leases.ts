import type { AgentPresence } from "../contract/agent-presence.js";
import { findLapsedLeases, writeStanding } from "../db/queries/agent-liveness.js";
import { countHeld, lockAnyAgent } from "../db/queries/lock-agent.js";
import { isUnavailable, sqlState } from "../db/transaction.js";
import { type StageContext, transact } from "./context.js";
import { giveBackTickets } from "./give-back-tickets.js";

/** What the lease took back. */
export interface TakenBack {
  /** Tickets that wait again. */
  tickets: number;
  /** How each agent that lost some stands now. */
  agents: AgentPresence[];
  /** Agents whose tickets could not be taken back; they are tried again by the next run. */
  failed: { agentId: number; error: unknown }[];
}

/**
 * Ownership is a lease (DESIGN.md 7): agents that had a socket and were not heard of for `minutes` (0: never) give their
 * unanswered tickets back, age kept, and are offline. At most `limit` agents, each in a transaction of its own, in which
 * all is asked again under its lock. One that fails does not keep the others; a database that is away is thrown.
 */
export async function takeBackLeases(
  ctx: StageContext,
  options: { minutes: number; limit: number },
): Promise<TakenBack> {
  const taken: TakenBack = { tickets: 0, agents: [], failed: [] };
  if (options.minutes === 0) return taken;
  for (const agentId of await findLapsedLeases(ctx.db.kysely, options)) {
    try {
      const outcome = await takeBack(ctx, agentId, options.minutes);
      if (!outcome) continue;
      taken.tickets += outcome.tickets;
      taken.agents.push(outcome.agent);
    } catch (error) {
      if (isUnavailable(error) && sqlState(error) === null) throw error;
      taken.failed.push({ agentId, error });
    }
  }
  return taken;
}

/** Null when the agent was heard of, or has answered everything, before its lock was had. */
async function takeBack(
  ctx: StageContext,
  agentId: number,
  minutes: number,
): Promise<{ tickets: number; agent: AgentPresence } | null> {
  return transact(ctx, async (tx) => {
    const agent = await lockAnyAgent(tx, agentId);
    if (!agent) return null;
    if ((await findLapsedLeases(tx, { minutes, limit: 1, agentId })).length === 0) return null;
    const tickets = await giveBackTickets(tx, ctx, agent, { only: "unanswered", why: "lease" });
    if (tickets === 0) return null;
    await writeStanding(tx, agentId, { availability: "offline", by: "system" });
    return { tickets, agent: { agentId, availability: "offline", openTickets: await countHeld(tx, agentId) } };
  });
}
