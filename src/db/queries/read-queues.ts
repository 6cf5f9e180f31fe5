import { type RawBuilder, sql } from "kysely";
import type { Executor } from "../database.js";

export interface QueueRow {
  name: string;
  topics: string[];
  /** Agents that list it. */
  agents: number;
}

async function read(db: Executor, where: RawBuilder<unknown>): Promise<QueueRow[]> {
  const { rows } = await sql<QueueRow>`
    SELECT q.name, q.topics, (
      SELECT count(*)::int FROM agent_queues l JOIN agents a ON a.id = l.agent_id
      WHERE l.queue = q.name AND a.deleted_at IS NULL) AS agents
    FROM queues q ${where}`.execute(db);
  return rows;
}

/** Queues by name, after `afterName`. */
export function listQueues(
  db: Executor,
  options: { afterName: string | undefined; limit: number },
): Promise<QueueRow[]> {
  return read(db, sql`WHERE q.name > ${options.afterName ?? ""} ORDER BY q.name LIMIT ${options.limit}`);
}

/** One queue by its name, or null. */
export async function readQueue(db: Executor, name: string): Promise<QueueRow | null> {
  return (await read(db, sql`WHERE q.name = ${name}`))[0] ?? null;
}
