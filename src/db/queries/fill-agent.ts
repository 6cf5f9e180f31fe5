import type { PoolClient } from "pg";

/** An agent that is about to be filled, its row locked. */
export interface AgentToFill {
  id: number;
  name: string;
  capacity: number;
  /** [] serves all. */
  queues: string[];
  /** Online by its own word, and heard of lately: only such a one is pushed to. */
  online: boolean;
}

/** What a fill took, and what the agent held before it. */
export interface Filled {
  held: number;
  taken: number[];
}

/** Why a ticket was among those taken: its last agent, an agent that serves its customer already, or its turn. */
export type FillRule = "preferred" | "same_customer" | "queue_order";

/**
 * Statement 1 of a fill: the agent's lock, first in the lock order. It has to be a statement of its own: the snapshot of
 * one statement for all is older than the lock, and eight parallel pulls of one agent then hold 120 (measured). Name and
 * queues are read beside the lock, so they may be older than a wait for it, which is harmless; capacity is the row's own.
 */
export const lockAgentToFill = {
  name: "fill-lock-agent",
  text: `
    SELECT a.id, u.name, a.capacity,
           ARRAY(SELECT q.queue FROM agent_queues q WHERE q.agent_id = a.id) AS queues,
           a.availability = 'online' AND coalesce(
             (SELECT l.online_until > now() FROM agent_liveness l WHERE l.agent_id = a.id), false) AS online
    FROM agents a JOIN users u ON u.id = a.id
    WHERE a.id = $1 AND a.deleted_at IS NULL
    FOR NO KEY UPDATE OF a`,
};

/**
 * How many tickets beyond the room are looked at in each queue: what other fills hold at that moment is passed over, and
 * no more than so many are held at once (the gate lets few fills run).
 */
const passedOver = 60;

/** The next waiting tickets of an agent that serves all queues: one walk along the index (due_at, id). */
const nextOfAll = `
  SELECT id FROM tickets
  WHERE status = 'unassigned' AND id <> ALL(ARRAY(SELECT id FROM own))
  ORDER BY due_at, id LIMIT (SELECT n FROM room) - (SELECT count(*) FROM own)
  FOR UPDATE SKIP LOCKED`;

/**
 * The same for an agent with a list of queues: the heads of each queue from its own index, merged. `queue = ANY(…)
 * ORDER BY due_at` sorts the whole backlog (measured on 200,000: 236 ms against 0.2).
 */
const nextOfQueues = `
  SELECT id FROM tickets
  WHERE status = 'unassigned' AND id <> ALL(ARRAY(SELECT id FROM own))
    AND id = ANY(ARRAY(
      SELECT head.id FROM unnest($6::text[]) AS q(name) CROSS JOIN LATERAL (
        SELECT id, due_at FROM tickets WHERE status = 'unassigned' AND queue = q.name
        ORDER BY due_at, id LIMIT (SELECT n FROM room) + ${passedOver}) head
      ORDER BY head.due_at, head.id LIMIT (SELECT n FROM room) + ${passedOver}))
  ORDER BY due_at, id LIMIT (SELECT n FROM room) - (SELECT count(*) FROM own)
  FOR UPDATE SKIP LOCKED`;

/**
 * Statement 2: counts what the agent holds (from the index, never a counter), takes what there is room for, and writes
 * history and events. First its own reopened tickets and those of customers that it serves already, then queue order.
 *
 * The ids come by \`= ANY(ARRAY(SELECT …))\`: joined to a subquery whose limit is no constant, the planner scans the whole
 * table (11 fills a second against 1,000; test/integration/commands/fill-plan). SKIP LOCKED never waits, so the order in
 * which tickets are locked here cannot deadlock with anybody's.
 *
 * $1 agent, $2 capacity, $3 take at most, $4 agent's name, $5 reason, $6 queues, $7 request, $8 decision.
 */
function fillText(byQueue: boolean): string {
  const served = byQueue ? "AND queue = ANY($6::text[])" : "AND $6::text[] IS NOT NULL";
  return `
    WITH held AS MATERIALIZED (
      SELECT count(*) FILTER (WHERE snoozed_until IS NULL)::int AS n, array_agg(DISTINCT customer_id) AS customers
      FROM tickets WHERE assignee_id = $1 AND closed_at IS NULL
    ), room AS MATERIALIZED (
      SELECT greatest(0, least($2::int - n, $3::int)) AS n FROM held
    ), own AS MATERIALIZED (
      SELECT id, preferred_agent_id FROM tickets
      WHERE status = 'unassigned' ${served}
        AND id = ANY(ARRAY(
          (SELECT id FROM tickets WHERE preferred_agent_id = $1 AND status = 'unassigned'
           ORDER BY due_at, id LIMIT (SELECT n FROM room))
          UNION ALL
          SELECT waiting.id FROM unnest((SELECT customers FROM held)) AS c(id) CROSS JOIN LATERAL (
            SELECT id FROM tickets WHERE customer_id = c.id AND status = 'unassigned'
            ORDER BY due_at, id LIMIT (SELECT n FROM room)) waiting))
      ORDER BY due_at, id LIMIT (SELECT n FROM room)
      FOR UPDATE SKIP LOCKED
    ), next AS MATERIALIZED (${byQueue ? nextOfQueues : nextOfAll}
    ), chosen AS MATERIALIZED (
      SELECT id, row_number() OVER () AS place, rule FROM (
        SELECT id, CASE WHEN preferred_agent_id = $1 THEN 'preferred' ELSE 'same_customer' END AS rule FROM own
        UNION ALL
        SELECT id, 'queue_order' FROM next) c
    ), taken AS (
      UPDATE tickets SET status = 'in_progress', assignee_id = $1, assigned_at = now(), updated_at = now(),
                         version = version + 1
      WHERE id = ANY(ARRAY(SELECT id FROM chosen)) AND status = 'unassigned'
      RETURNING id, conversation_id, version
    ), placed AS MATERIALIZED (
      SELECT t.*, c.place, c.rule FROM taken t JOIN chosen c ON c.id = t.id
    ), remembered AS (
      INSERT INTO assignments (ticket_id, to_agent, why, version, request_id, decision)
      SELECT id, $1, $5, version, $7,
             $8::jsonb || jsonb_build_object('rule', rule, 'place', place, 'held', (SELECT n FROM held), 'capacity', $2::int)
      FROM placed
    ), alive AS (
      INSERT INTO agent_liveness (agent_id, last_assigned_at) SELECT $1, now() FROM (SELECT FROM placed LIMIT 1) one
      ON CONFLICT (agent_id) DO UPDATE SET last_assigned_at = now()
    ), told AS (
      INSERT INTO outbox (stream, type, payload, request_id)
      SELECT 'agents', 'message_update',
             jsonb_build_object('message_id', id, 'status', 'in_progress', 'assigned_to', $1::bigint,
                                'version', version, 'reason', $5::text), $7
      FROM placed
      UNION ALL
      SELECT 'conversation:' || conversation_id, 'ticket',
             jsonb_build_object('status', 'in_progress', 'assigned_to', jsonb_build_object('id', $1::bigint, 'name', $4::text),
                                'version', version), $7
      FROM placed
      UNION ALL
      SELECT 'agents', 'batch_assigned',
             jsonb_build_object('agent_id', $1::bigint, 'message_ids', jsonb_agg(id ORDER BY place), 'reason', $5::text), $7
      FROM placed HAVING count(*) > 0
    )
    SELECT (SELECT n FROM held) AS held, coalesce((SELECT json_agg(id ORDER BY place) FROM placed), '[]') AS taken`;
}

/** Exported for the test that explains them. */
export const fillStatements = {
  all: { name: "fill-all", text: fillText(false) },
  byQueue: { name: "fill-by-queue", text: fillText(true) },
};

/** The agent, locked until the transaction ends; null when there is none (any more). */
export async function lockToFill(client: PoolClient, agentId: number): Promise<AgentToFill | null> {
  const { rows } = await client.query<AgentToFill>({ ...lockAgentToFill, values: [agentId] });
  return rows[0] ?? null;
}

/** Takes tickets for an agent that `lockToFill` has locked. */
export async function takeForAgent(
  client: PoolClient,
  agent: AgentToFill,
  options: { max: number; reason: string; requestId: string | null; decision: Record<string, unknown> },
): Promise<Filled> {
  const statement = agent.queues.length === 0 ? fillStatements.all : fillStatements.byQueue;
  const { max, reason, requestId, decision } = options;
  const values = [agent.id, agent.capacity, max, agent.name, reason, agent.queues, requestId, JSON.stringify(decision)];
  const { rows } = await client.query<Filled>({ ...statement, values });
  return rows[0] ?? { held: 0, taken: [] };
}
