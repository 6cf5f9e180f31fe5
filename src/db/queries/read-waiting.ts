import { sql } from "kysely";
import type { Executor } from "../database.js";

/** A waiting ticket as the push sees it. */
export interface WaitingTicket {
  queue: string;
  preferredAgentId: number | null;
}

/**
 * Whether a ticket waits in one of the queues ([]: in any). In queue order, although any one would do: without an order
 * the planner may read the table from its start, past all that is closed.
 */
export async function anyWaiting(db: Executor, queues: readonly string[]): Promise<boolean> {
  const { rows } =
    queues.length === 0
      ? await sql`SELECT 1 FROM tickets WHERE status = 'unassigned' ORDER BY due_at, id LIMIT 1`.execute(db)
      : await sql`
          SELECT 1 FROM unnest(${[...queues]}::text[]) AS q(name) CROSS JOIN LATERAL (
            SELECT 1 FROM tickets WHERE status = 'unassigned' AND queue = q.name ORDER BY due_at, id LIMIT 1) head
          LIMIT 1`.execute(db);
  return rows.length > 0;
}

/** The first waiting tickets of each queue, in queue order over all of them; unlocked, so only good for a plan. */
export async function readHeads(db: Executor, queues: readonly string[], limit: number): Promise<WaitingTicket[]> {
  const { rows } = await sql<WaitingTicket>`
    SELECT q.name AS queue, head.preferred_agent_id AS "preferredAgentId"
    FROM unnest(${[...queues]}::text[]) AS q(name) CROSS JOIN LATERAL (
      SELECT id, due_at, preferred_agent_id FROM tickets WHERE status = 'unassigned' AND queue = q.name
      ORDER BY due_at, id LIMIT ${limit}) head
    ORDER BY head.due_at, head.id LIMIT ${limit}`.execute(db);
  return rows;
}
