import type { ClientBase } from "pg";
import type { Database } from "../database.js";

/** The agent that was to be filled, and what came of it. */
export interface Filled {
  name: string;
  capacity: number;
  /** [] serves all. */
  queues: string[];
  /** Online by its own word, and heard of lately: only such a one is pushed to. */
  online: boolean;
  /** Tickets that counted against the capacity before. */
  held: number;
  /** What was taken, in the order in which it was chosen. */
  taken: number[];
}

/** Why a ticket was among those taken: its last agent, an agent that serves its customer already, or its turn. */
export type FillRule = "preferred" | "same_customer" | "queue_order";

/**
 * Calls `fill_agent`, which locks, counts, takes and announces (migrations/0003_fill_agent.ts says how and why): a
 * transaction by itself, one round trip. Exported for the bench, whose yardstick runs the same statement.
 */
export const fillStatement = {
  name: "fill-agent",
  text: `SELECT agent_name AS name, agent_capacity AS capacity, agent_queues AS queues, is_online AS online,
                held_before AS held, to_json(taken) AS taken
         FROM fill_agent($1::bigint, $2::integer, $3::text, $4::text, $5::jsonb)`,
};

/** Fills an agent with at most `max` tickets; null when there is no such agent (any more). */
export async function fillFromQueue(
  { pool }: { pool: Pick<ClientBase, "query"> },
  fill: { agentId: number; max: number; reason: string; requestId: string | null; decision: Record<string, unknown> },
): Promise<Filled | null> {
  const { agentId, max, reason, requestId, decision } = fill;
  const values = [agentId, max, reason, requestId, JSON.stringify(decision)];
  const { rows } = await pool.query<Filled>({ ...fillStatement, values });
  return rows[0] ?? null;
}

/** Calls `fill_agents`: the same for many agents, in the order given, in one transaction. */
const fillManyStatement = {
  name: "fill-agents",
  text: `SELECT agent_id AS "agentId", to_json(taken) AS taken
         FROM fill_agents($1::bigint[], $2::integer[], $3::text, $4::text, $5::jsonb[])`,
};

/** What each of the agents that are there was given. */
export async function fillManyFromQueue(
  db: Database,
  fills: readonly { agentId: number; max: number; decision: Record<string, unknown> }[],
  common: { reason: string; requestId: string | null },
): Promise<{ agentId: number; taken: number[] }[]> {
  const values = [
    fills.map((fill) => fill.agentId),
    fills.map((fill) => fill.max),
    common.reason,
    common.requestId,
    fills.map((fill) => JSON.stringify(fill.decision)),
  ];
  const { rows } = await db.pool.query<{ agentId: number; taken: number[] }>({ ...fillManyStatement, values });
  return rows;
}
