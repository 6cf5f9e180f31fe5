import type { Database } from "../../src/db/database.js";

/**
 * What breaks the rules about owners, counted in plain SQL that shares nothing with the commands: all zeros, or the rule
 * is broken (I1, I2). Capacities are compared as they stand, so an audit after a capacity was lowered counts from then.
 */
export async function auditOwners(db: Database): Promise<Record<string, number>> {
  const { rows } = await db.pool.query<Record<string, number>>(`
    SELECT
      (SELECT count(*)::int FROM agents a WHERE a.capacity < (
         SELECT count(*) FROM tickets t
         WHERE t.assignee_id = a.id AND t.status = 'in_progress' AND t.snoozed_until IS NULL)) AS over_capacity,
      (SELECT count(*)::int FROM tickets WHERE (status = 'in_progress') <> (assignee_id IS NOT NULL AND closed_at IS NULL))
        AS owner_without_status,
      (SELECT count(*)::int FROM (
         SELECT a.ticket_id, a.version, a.from_agent, lag(a.to_agent) OVER w AS owner, lag(a.version) OVER w AS before
         FROM assignments a WINDOW w AS (PARTITION BY a.ticket_id ORDER BY a.version)) h
       WHERE h.before IS NOT NULL AND h.from_agent IS DISTINCT FROM h.owner
         AND NOT (h.from_agent IS NULL AND h.owner IS NULL)) AS owner_changed_unseen,
      (SELECT count(*)::int FROM tickets t JOIN LATERAL (
         SELECT a.to_agent, a.version FROM assignments a WHERE a.ticket_id = t.id ORDER BY a.version DESC LIMIT 1) last ON true
       WHERE t.status = 'in_progress' AND last.to_agent IS DISTINCT FROM t.assignee_id) AS owner_not_in_history,
      (SELECT count(*)::int FROM (
         SELECT (payload->>'message_id')::bigint AS id, (payload->>'version')::int AS version
         FROM outbox WHERE type = 'message_update' AND payload->>'reason' IN ('pull', 'push', 'claim')
         GROUP BY 1, 2 HAVING count(*) > 1) d) AS announced_twice`);
  return rows[0] ?? {};
}

/** What `auditOwners` answers when nothing is wrong. */
export const noFaults = {
  over_capacity: 0,
  owner_without_status: 0,
  owner_changed_unseen: 0,
  owner_not_in_history: 0,
  announced_twice: 0,
};
