import type { AuditRule } from "./audit-rule.js";

/** Owners, versions and capacities (I1, I2, I6). */
export const ownerRules: readonly AuditRule[] = [
  {
    name: "tickets whose status and owner disagree",
    holds: "I1",
    broken: "SELECT id::text FROM mine WHERE (status = 'unassigned') <> (assignee_id IS NULL)",
  },
  {
    name: "taken from somebody who did not have it",
    holds: "I1",
    broken: `SELECT format('ticket %s version %s: %s from %s, held by %s', ticket_id, version, why, from_agent, held_by)
             FROM history WHERE from_agent IS DISTINCT FROM held_by`,
  },
  {
    name: "owners that the history does not know",
    holds: "I1",
    broken: `SELECT format('ticket %s is %s with %s, last: %s', t.id, t.status, t.assignee_id, to_jsonb(last))
             FROM mine t LEFT JOIN LATERAL (
               SELECT why, from_agent, to_agent FROM history h WHERE h.ticket_id = t.id ORDER BY version DESC LIMIT 1
             ) last ON true
             WHERE CASE t.status WHEN 'in_progress' THEN last.to_agent IS DISTINCT FROM t.assignee_id
                                 WHEN 'unassigned' THEN last.to_agent IS NOT NULL
                                 ELSE last.to_agent IS NOT NULL OR last.from_agent IS DISTINCT FROM t.assignee_id END`,
  },
  {
    name: "versions without a change of their own",
    holds: "I1",
    broken: `SELECT format('ticket %s has version %s, its changes have %s', t.id, t.version, c.versions)
             FROM mine t CROSS JOIN LATERAL (
               SELECT array_agg(version ORDER BY version) AS versions FROM (
                 SELECT h.version FROM history h WHERE h.ticket_id = t.id
                 UNION ALL
                 SELECT w.ticket_version FROM words w WHERE w.ticket_id = t.id AND w.ticket_version IS NOT NULL
                   AND NOT EXISTS (SELECT FROM history h WHERE h.ticket_id = t.id AND h.version = w.ticket_version
                                   AND h.why = 'reopen')) v
             ) c WHERE c.versions IS DISTINCT FROM ARRAY(SELECT generate_series(1, t.version))`,
  },
  {
    name: "versions told to the agents out of order, or not at all",
    holds: "I1",
    broken: `SELECT format('ticket %s: %s %s after %s', ticket_id, reason, version, before) FROM (
               SELECT *, coalesce(lag(version) OVER (PARTITION BY ticket_id ORDER BY ord), 1) AS before
               FROM told WHERE version IS NOT NULL) o
             WHERE version - before NOT IN (0, 1)
             UNION ALL
             SELECT format('ticket %s has version %s, told was %s', t.id, t.version, l.last)
             FROM mine t CROSS JOIN LATERAL (
               SELECT coalesce(max(version), 1) AS last FROM told WHERE told.ticket_id = t.id) l
             WHERE l.last <> t.version`,
  },
  {
    name: "versions told in the conversation out of order, twice or not at all",
    holds: "I1",
    broken: `SELECT format('ticket %s version %s after %s', ticket_id, version, before) FROM (
               SELECT *, coalesce(lag(version) OVER (PARTITION BY ticket_id ORDER BY ord), 1) AS before
               FROM said WHERE type = 'ticket') o
             WHERE version - before <> 1
             UNION ALL
             SELECT format('ticket %s has version %s, said was %s', t.id, t.version, l.last)
             FROM mine t CROSS JOIN LATERAL (
               SELECT coalesce(max(version), 1) AS last FROM said s WHERE s.ticket_id = t.id AND s.type = 'ticket') l
             WHERE l.last <> t.version`,
  },
  {
    name: "changes of owner told never, twice or otherwise",
    holds: "I1",
    broken: `SELECT format('ticket %s version %s: %s to %s told %s times', h.ticket_id, h.version, h.why, h.to_agent, n.times)
             FROM history h CROSS JOIN LATERAL (
               SELECT count(*) AS times FROM told t
               WHERE t.ticket_id = h.ticket_id AND t.version = h.version AND t.reason = h.why
                 AND t.assigned_to IS NOT DISTINCT FROM CASE WHEN h.why = 'reply' THEN h.from_agent ELSE h.to_agent END) n
             WHERE n.times <> 1`,
  },
  {
    // In the log's order an agent never holds more than its capacity: what a fill counted as gone stands before it there,
    // since it was committed before, and what the agent was given stands in the order of its lock.
    name: "agents that held more than their capacity, at any moment",
    holds: "I2",
    broken: `WITH steps AS (
               SELECT ord, ticket_id,
                      CASE WHEN status = 'in_progress' AND NOT snoozed THEN assigned_to END AS holder
               FROM (SELECT d.*, bool_or(d.reason = 'snooze') OVER (PARTITION BY ticket_id, part) AS snoozed FROM (
                       SELECT *, count(*) FILTER (WHERE reason NOT IN ('scored', 'routed', 'answered', 'delivered',
                                'delivery_failed', 'customer_message', 'edited'))
                              OVER (PARTITION BY ticket_id ORDER BY ord) AS part
                       FROM told WHERE type = 'message_update') d) s
             ), turns AS (
               SELECT *, lag(holder) OVER (PARTITION BY ticket_id ORDER BY ord) AS was FROM steps
             ), deltas AS (
               SELECT ord, holder AS agent, 1 AS delta FROM turns WHERE holder IS DISTINCT FROM was AND holder IS NOT NULL
               UNION ALL
               SELECT ord, was, -1 FROM turns WHERE holder IS DISTINCT FROM was AND was IS NOT NULL
             ), held AS (
               SELECT agent, ord, delta, sum(delta) OVER (PARTITION BY agent ORDER BY ord, delta) AS holds FROM deltas)
             SELECT format('agent %s held %s', agent, max(holds)) FROM held, bounds
             WHERE agent = ANY(bounds.agents) AND delta > 0 AND holds > bounds.capacity GROUP BY agent`,
  },
  {
    name: "agents above their capacity at the end",
    holds: "I2",
    broken: `SELECT format('agent %s holds %s', t.assignee_id, count(*)) FROM tickets t, bounds
             WHERE t.assignee_id = ANY(bounds.agents) AND t.status = 'in_progress' AND t.snoozed_until IS NULL
             GROUP BY t.assignee_id, bounds.capacity HAVING count(*) > bounds.capacity`,
  },
  {
    name: "replies by somebody who was not the owner",
    holds: "I6",
    broken: `SELECT format('message %s by %s, owner was %s', s.message_id, s.sender_id, o.owner)
             FROM said s LEFT JOIN LATERAL (
               SELECT CASE WHEN p.status = 'in_progress' THEN p.owner END AS owner FROM said p
               WHERE p.ticket_id = s.ticket_id AND p.type = 'ticket' AND p.ord < s.ord ORDER BY p.ord DESC LIMIT 1) o ON true
             WHERE s.type = 'message:new' AND s.sender_role = 'agent' AND o.owner IS DISTINCT FROM s.sender_id`,
  },
];
