import type { Database } from "../../src/db/database.js";

/** Whose tickets are judged, and by what. */
export interface AuditScope {
  customerId: number;
  agentIds: readonly number[];
  /** The largest capacity that any of the agents had. */
  capacity: number;
}

/** A fault in words, and how often it was found. */
export type OwnerFaults = Record<string, number>;

/**
 * What breaks the rules about owners (I1, I2), in plain SQL that shares nothing with the commands. It relies on what the
 * set has: its customer writes nothing after its first messages, so that versions rise with owners only.
 */
const audit = `
  WITH mine AS MATERIALIZED (SELECT * FROM tickets WHERE customer_id = $1),
  history AS MATERIALIZED (
    SELECT a.*, lag(a.to_agent) OVER w AS owner, lag(a.version) OVER w AS before
    FROM assignments a JOIN mine t ON t.id = a.ticket_id
    WINDOW w AS (PARTITION BY a.ticket_id ORDER BY a.version)),
  told AS MATERIALIZED (
    SELECT (payload->>'message_id')::bigint AS id, (payload->>'version')::int AS version, payload->>'reason' AS reason
    FROM (SELECT type, payload FROM outbox
          UNION ALL SELECT type, payload FROM events WHERE created_at > now() - interval '2 hours') e
    WHERE type = 'message_update' AND (payload->>'message_id')::bigint IN (SELECT id FROM mine))
  SELECT
    (SELECT count(*)::int FROM unnest($2::bigint[]) AS a(id) WHERE $3::int < (
       SELECT count(*) FROM tickets t
       WHERE t.assignee_id = a.id AND t.status = 'in_progress' AND t.snoozed_until IS NULL)) AS "agents above their capacity",
    (SELECT count(*)::int FROM mine WHERE (status = 'unassigned') <> (assignee_id IS NULL))
      AS "tickets whose status and owner disagree",
    (SELECT count(*)::int FROM history WHERE before IS NOT NULL AND from_agent IS DISTINCT FROM owner)
      AS "taken from somebody who did not have it",
    (SELECT count(*)::int FROM mine t JOIN LATERAL (
       SELECT to_agent FROM history h WHERE h.ticket_id = t.id ORDER BY h.version DESC LIMIT 1) last ON true
     WHERE t.status = 'in_progress' AND last.to_agent IS DISTINCT FROM t.assignee_id) AS "owners unknown to the history",
    (SELECT count(*)::int FROM mine t
     WHERE t.version <> 1 + (SELECT count(*) FROM history h WHERE h.ticket_id = t.id)) AS "versions without a change, or changes without",
    (SELECT count(*)::int FROM history h WHERE 1 <> (
       SELECT count(*) FROM told WHERE told.id = h.ticket_id AND told.version = h.version AND told.reason = h.why))
      AS "changes announced never or twice"`;

/** Counts each fault: all zeros, or a rule is broken. */
export async function auditOwners(db: Database, scope: AuditScope): Promise<OwnerFaults> {
  const { rows } = await db.pool.query<OwnerFaults>(audit, [scope.customerId, [...scope.agentIds], scope.capacity]);
  return rows[0] ?? {};
}
