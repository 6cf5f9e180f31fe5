import type { Database } from "../database.js";
import { inOneTrip } from "../one-trip.js";
import type { Filled } from "./fill-agent.js";
import { heldTicketsStatement, type TicketRow } from "./read-tickets.js";

/** An agent that pulls. No two of one agent are pulled together. */
export interface PullTogether {
  agentId: number;
  requestId: string | null;
}

/** What an agent was given, and all that it holds then, in queue order. */
export type Pulled = Filled & { tickets: TicketRow[] };

/**
 * Fills agents, in the order given, all in one transaction and one round trip (migration 0023), and reads what each holds
 * while nobody can take of it. Waits for no agent: null for one that somebody else holds at that moment, or that is not there.
 */
export async function pullTogether(
  db: Database,
  pulls: readonly PullTogether[],
  max: number,
): Promise<(Pulled | null)[]> {
  const agentIds = pulls.map(({ agentId }) => agentId);
  const { of, ...held } = heldTicketsStatement(db.kysely, agentIds);
  const values = [agentIds, max, pulls.map(({ requestId }) => requestId)];
  const [filled, rows] = (await inOneTrip(db, [{ ...statement, values }, held])).map((result) => result.rows);
  const byAgent = new Map<number, Pulled>();
  for (const { agentId, ...agent } of (filled ?? []) as Row[]) byAgent.set(agentId, { ...agent, tickets: [] });
  for (const ticket of of(rows ?? [])) byAgent.get(ticket.assigneeId ?? 0)?.tickets.push(ticket);
  return agentIds.map((agentId) => byAgent.get(agentId) ?? null);
}

type Row = Filled & { agentId: number };

const statement = {
  name: "pull-together",
  text: `SELECT agent_id AS "agentId", agent_name AS name, agent_capacity AS capacity, agent_queues AS queues,
                is_online AS online, held_before AS held, to_json(taken) AS taken
         FROM pull_together($1::bigint[], $2::integer, $3::text[])`,
};
