import { sql } from "kysely";
import type { Executor } from "../database.js";

/**
 * Waiting tickets that are not in the queue of their topic, after `afterId`, by id. It reads all that waits (200,000:
 * about 100 ms), so it is asked after a change of queues only.
 */
export async function findMisplaced(
  db: Executor,
  { afterId, limit }: { afterId: number; limit: number },
): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    WITH owed AS MATERIALIZED (
      SELECT topic, min(name) AS queue FROM queues CROSS JOIN unnest(topics) AS t(topic) GROUP BY topic
    )
    SELECT t.id FROM tickets t LEFT JOIN owed o ON o.topic = t.topic
    WHERE t.status = 'unassigned' AND t.topic IS NOT NULL AND t.id > ${afterId}
      AND t.queue <> coalesce(o.queue, 'general')
    ORDER BY t.id LIMIT ${limit}`.execute(db);
  return rows.map((row) => row.id);
}
