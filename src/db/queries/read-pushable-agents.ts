import { sql } from "kysely";
import type { Executor } from "../database.js";
import { anyWaiting } from "./read-waiting.js";

/** An agent that work may be pushed to: online, heard of lately, with room. */
export interface PushableAgent {
  id: number;
  name: string;
  capacity: number;
  held: number;
  lastAssignedAt: Date | null;
  /** [] serves all. */
  queues: string[];
}

/** Who may be pushed to, and how many may not. */
export interface PushableAgents {
  withRoom: PushableAgent[];
  full: number;
  offline: number;
}

/** Whether an agent is online with room while a ticket waits that it serves: the push should have happened. */
export async function pushIsDue(db: Executor): Promise<boolean> {
  const { withRoom } = await readPushableAgents(db, 1000);
  if (withRoom.length === 0) return false;
  const servesAll = withRoom.some((agent) => agent.queues.length === 0);
  return anyWaiting(db, servesAll ? [] : [...new Set(withRoom.flatMap((agent) => agent.queues))]);
}

/**
 * Who may be pushed to now, fewest open tickets first, then longest idle. Read without locks: the fill asks again under
 * the agent's own. At most `limit` agents.
 */
export async function readPushableAgents(db: Executor, limit: number): Promise<PushableAgents> {
  const { rows } = await sql<PushableAgent>`
    /* read-pushable-agents */
    SELECT a.id, u.name, a.capacity, load.held, l.last_assigned_at AS "lastAssignedAt",
           ARRAY(SELECT q.queue FROM agent_queues q WHERE q.agent_id = a.id) AS queues
    FROM agents a
    JOIN agent_liveness l ON l.agent_id = a.id AND l.online_until > now()
    JOIN users u ON u.id = a.id
    CROSS JOIN LATERAL (
      SELECT count(*)::int AS held FROM tickets t
      WHERE t.assignee_id = a.id AND t.closed_at IS NULL AND t.snoozed_until IS NULL) load
    WHERE a.availability = 'online' AND a.deleted_at IS NULL
    ORDER BY load.held, l.last_assigned_at NULLS FIRST, a.id`.execute(db);
  const withRoom = rows.filter((agent) => agent.held < agent.capacity);
  const { rows: all } = await sql<{ n: number }>`
    SELECT count(*)::int AS n FROM agents WHERE deleted_at IS NULL`.execute(db);
  return {
    withRoom: withRoom.slice(0, limit),
    full: rows.length - withRoom.length,
    offline: (all[0]?.n ?? 0) - rows.length,
  };
}
