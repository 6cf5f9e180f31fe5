import { type PushableAgents, readPushableAgents } from "../db/queries/read-pushable-agents.js";
import { readHeads } from "../db/queries/read-waiting.js";
import { Refusal } from "../domain/errors.js";
import { planPush, type Share } from "../domain/push-plan.js";
import { type FillContext, fillAgent } from "./fill-agent.js";

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
/** Candidates that a decision record names. */
const namedMax = 20;

/**
 * The push: gives waiting tickets to agents who are online and have room, until nothing waits for them or nobody has
 * room. Safe at any time and any number of times: it plans without locks, and each agent is filled by `fillAgent`.
 */
export async function assignWaiting(ctx: FillContext, signal: AbortSignal): Promise<PushOutcome> {
  const served = new Set<number>();
  let assigned = 0;
  for (let round = 0; round < roundsMax && !signal.aborted; round++) {
    const agents = await readPushableAgents(ctx.db.kysely, agentsMax);
    const shares = await planRound(ctx, agents);
    if (shares.length === 0) break;
    const given = await Promise.all(shares.map((share) => give(ctx, share, agents)));
    for (const [index, count] of given.entries()) if (count > 0) served.add(shares[index]?.agentId ?? 0);
    const count = given.reduce((sum, n) => sum + n, 0);
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

/** Fills one agent; one that is gone or was locked for too long costs the others nothing. Returns what it was given. */
async function give(ctx: FillContext, share: Share, agents: PushableAgents): Promise<number> {
  const decision = {
    chosen_by: share.chosenBy,
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
  try {
    const { taken } = await fillAgent(ctx, { agentId: share.agentId, reason: "push", max: share.count, decision });
    return taken.length;
  } catch (error) {
    if (error instanceof Refusal) return 0;
    throw error;
  }
}
