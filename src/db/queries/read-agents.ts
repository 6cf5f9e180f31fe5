import { type RawBuilder, sql } from "kysely";
import type { Executor } from "../database.js";

export interface AgentRow {
  id: number;
  name: string;
  email: string | null;
  role: "agent" | "admin";
  capacity: number;
  queues: string[];
  availability: "online" | "away" | "offline";
  openTickets: number;
}

/**
 * What an agent's availability comes to, `a` and `l` being its rows: who said `online` and was not heard of since
 * `online_until` is offline. Nothing is pushed to it (DESIGN.md 7).
 */
export const effectiveAvailability: RawBuilder<unknown> = sql`
  CASE WHEN a.availability = 'online' AND NOT coalesce(l.online_until > now(), false)
    THEN 'offline' ELSE a.availability END`;

async function read(db: Executor, where: RawBuilder<unknown>): Promise<AgentRow[]> {
  const { rows } = await sql<AgentRow>`
    SELECT a.id, u.name, u.email, u.role, a.capacity, ${effectiveAvailability} AS availability,
           ARRAY(SELECT q.queue FROM agent_queues q WHERE q.agent_id = a.id ORDER BY q.queue) AS queues,
           (SELECT count(*)::int FROM tickets t
            WHERE t.assignee_id = a.id AND t.closed_at IS NULL AND t.snoozed_until IS NULL) AS "openTickets"
    FROM agents a JOIN users u ON u.id = a.id LEFT JOIN agent_liveness l ON l.agent_id = a.id
    WHERE a.deleted_at IS NULL ${where}`.execute(db);
  return rows;
}

/** Agents by id, after `afterId`, each with the tickets that count against its capacity. */
export function listAgents(db: Executor, options: { afterId: number | undefined; limit: number }): Promise<AgentRow[]> {
  return read(
    db,
    sql`AND u.disabled_at IS NULL AND a.id > ${options.afterId ?? 0} ORDER BY a.id LIMIT ${options.limit}`,
  );
}

/** One agent by its id; null when there is none or it was deleted. */
export async function readAgent(db: Executor, id: number): Promise<AgentRow | null> {
  return (await read(db, sql`AND a.id = ${id}`))[0] ?? null;
}
