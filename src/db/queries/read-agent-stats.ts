import { sql } from "kysely";
import type { Executor } from "../database.js";
import { effectiveAvailability } from "./read-agents.js";

/** An agent's load. */
export interface AgentStats {
  id: number;
  name: string;
  /** [] serves all. */
  queues: string[];
  availability: "online" | "away" | "offline";
  capacity: number;
  held: number;
  snoozed: number;
  lastSeenAt: Date | null;
  lastAssignedAt: Date | null;
}

/** Agents by id, after `afterId`, with what they hold. */
export async function listAgentStats(
  db: Executor,
  options: { afterId: number | undefined; limit: number },
): Promise<AgentStats[]> {
  const { rows } = await sql<AgentStats>`
    SELECT a.id, u.name, a.capacity, ${effectiveAvailability} AS availability,
           ARRAY(SELECT q.queue FROM agent_queues q WHERE q.agent_id = a.id ORDER BY q.queue) AS queues,
           load.held, load.snoozed, l.last_seen_at AS "lastSeenAt", l.last_assigned_at AS "lastAssignedAt"
    FROM agents a JOIN users u ON u.id = a.id LEFT JOIN agent_liveness l ON l.agent_id = a.id
    CROSS JOIN LATERAL (
      SELECT count(*) FILTER (WHERE t.snoozed_until IS NULL)::int AS held, count(t.snoozed_until)::int AS snoozed
      FROM tickets t WHERE t.assignee_id = a.id AND t.closed_at IS NULL) load
    WHERE a.deleted_at IS NULL AND u.disabled_at IS NULL AND a.id > ${options.afterId ?? 0}
    ORDER BY a.id LIMIT ${options.limit}`.execute(db);
  return rows;
}

/**
 * How many tickets each agent closed in the last hour. The history has no index by time or agent, which every fill would
 * pay for; but its ids rise with time, so that the hour's first is found by halving: some 30 looks into the primary key.
 */
export async function readClosedLastHour(db: Executor): Promise<Map<number, number>> {
  const first = await firstOfTheHour(db);
  if (first === null) return new Map();
  const { rows } = await sql<{ agentId: number; closed: number }>`
    SELECT from_agent AS "agentId", count(*)::int AS closed FROM assignments
    WHERE id >= ${first} AND created_at > now() - interval '1 hour' AND why IN ('reply', 'sell', 'close')
      AND from_agent IS NOT NULL
    GROUP BY from_agent`.execute(db);
  return new Map(rows.map((row) => [row.agentId, row.closed]));
}

/** A statement of its own: with the id in its text, the next one is planned for the hour and not for the whole table. */
async function firstOfTheHour(db: Executor): Promise<number | null> {
  const { rows } = await sql<{ lo: number | null }>`
    WITH RECURSIVE search(lo, hi) AS (
      SELECT (SELECT min(id) FROM assignments), (SELECT max(id) + 1 FROM assignments)
      UNION ALL
      SELECT CASE WHEN is_old THEN middle + 1 ELSE lo END, CASE WHEN is_old THEN hi ELSE middle END
      FROM (
        SELECT lo, hi, (lo + hi) / 2 AS middle, (
          SELECT a.created_at < now() - interval '1 hour' FROM assignments a WHERE a.id >= (lo + hi) / 2
          ORDER BY a.id LIMIT 1) AS is_old
        FROM search WHERE lo < hi) half
    )
    SELECT lo FROM search WHERE lo >= hi`.execute(db);
  return rows[0]?.lo ?? null;
}
