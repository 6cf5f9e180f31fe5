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

async function read(db: Executor, where: RawBuilder<unknown>): Promise<AgentRow[]> {
  const { rows } = await sql<AgentRow>`
    SELECT a.id, u.name, u.email, u.role, a.capacity, a.availability,
           ARRAY(SELECT q.queue FROM agent_queues q WHERE q.agent_id = a.id ORDER BY q.queue) AS queues,
           (SELECT count(*)::int FROM tickets t
            WHERE t.assignee_id = a.id AND t.status = 'in_progress' AND t.snoozed_until IS NULL) AS "openTickets"
    FROM agents a JOIN users u ON u.id = a.id ${where}`.execute(db);
  return rows;
}

/** Agents by id, after `afterId`, each with the tickets that count against its capacity. */
export function listAgents(db: Executor, options: { afterId: number | undefined; limit: number }): Promise<AgentRow[]> {
  return read(
    db,
    sql`WHERE u.disabled_at IS NULL AND a.id > ${options.afterId ?? 0} ORDER BY a.id LIMIT ${options.limit}`,
  );
}

/** One agent by its id, or null. */
export async function readAgent(db: Executor, id: number): Promise<AgentRow | null> {
  return (await read(db, sql`WHERE a.id = ${id}`))[0] ?? null;
}
