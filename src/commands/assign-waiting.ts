import { type PushableAgents, readPushableAgents } from "../db/queries/read-pushable-agents.js";
import { readHeads } from "../db/queries/read-waiting.js";
import { planPush, type Share } from "../domain/push-plan.js";
import { type FillContext, pushToAgents } from "./fill-agent.js";

/** What a push came to. */
export interface PushOutcome {
  /** Tickets that were given out, and to how many agents. */
  assigned: number;
  agents: number;
}

/** Bounds of one round: agents that are compared, and tickets that are shared out. */
const agentsMax = 1000;
const ticketsMax = 1000;
/** Rounds of one run: what a fill could not take, because others were faster, is shared out again. */
const roundsMax = 3;
/** Agents that one transaction fills: it holds their rows for as long. */
const togetherMax = 16;
/** Candidates that a decision record names. */
const namedMax = 20;

/**
 * The push: gives waiting tickets to agents who are online and have room, until nothing waits for them or nobody has
 * room. Safe at any time and any number of times: it plans without locks, and the fill asks again under them.
 */
export async function assignWaiting(ctx: FillContext, signal: AbortSignal): Promise<PushOutcome> {
  const served = new Set<number>();
  let assigned = 0;
  for (let round = 0; round < roundsMax && !signal.aborted; round++) {
    const agents = await readPushableAgents(ctx.db.kysely, agentsMax);
    const shares = await planRound(ctx, agents);
    if (shares.length === 0) break;
    const given = await giveAll(ctx, shares, agents);
    for (const { agentId, taken } of given) if (taken.length > 0) served.add(agentId);
    const count = given.reduce((sum, { taken }) => sum + taken.length, 0);
    assigned += count;
    if (count === 0) break;
  }
  return { assigned, agents: served.size };
}

async function planRound(ctx: FillContext, { withRoom }: PushableAgents): Promise<Share[]> {
  if (withRoom.length === 0) return [];
  const servesAll = withRoom.some((agent) => agent.queues.length === 0);
  const queues = servesAll
    ? (await ctx.db.kysely.selectFrom("queues").select("name").execute()).map((queue) => queue.name)
    : [...new Set(withRoom.flatMap((agent) => agent.queues))];
  const room = withRoom.reduce((sum, agent) => sum + agent.capacity - agent.held, 0);
  return planPush(await readHeads(ctx.db.kysely, queues, Math.min(room, ticketsMax)), withRoom);
}

/** Fills the agents, some at a time: a transaction holds no more of them than that. */
async function giveAll(ctx: FillContext, shares: readonly Share[], agents: PushableAgents) {
  const considered = {
    candidates: agents.withRoom.slice(0, namedMax).map((agent) => ({
      agent_id: agent.id,
      name: agent.name,
      held: agent.held,
      capacity: agent.capacity,
      last_assigned_at: agent.lastAssignedAt?.toISOString() ?? null,
      queues: agent.queues,
    })),
    with_room: agents.withRoom.length,
    full: agents.full,
    offline: agents.offline,
  };
  const fills = shares.map(({ agentId, count, chosenBy }) => ({
    agentId,
    max: count,
    decision: { chosen_by: chosenBy, ...considered },
  }));
  const given: { agentId: number; taken: number[] }[] = [];
  for (let from = 0; from < fills.length; from += togetherMax) {
    given.push(...(await pushToAgents(ctx, fills.slice(from, from + togetherMax))));
  }
  return given;
}
