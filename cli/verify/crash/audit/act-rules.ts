import type { AuditRule } from "./audit-rule.js";

/** What agents were answered is in the history, once (I1, I3, I7). */
export const actRules: readonly AuditRule[] = [
  {
    name: "claims that were answered 200 and did not hold",
    holds: "I1",
    broken: `SELECT format('ticket %s for %s at version %s, owner was %s', a.ticket_id, a.agent_id, a.version, o.to_agent)
             FROM acted a LEFT JOIN LATERAL (
               SELECT h.to_agent FROM history h WHERE h.ticket_id = a.ticket_id AND h.version <= a.version
               ORDER BY h.version DESC LIMIT 1) o ON true
             WHERE a.acked AND a.kind = 'claim' AND o.to_agent IS DISTINCT FROM a.agent_id`,
  },
  {
    // The answer is the ticket as it stands then, perhaps after the next change. To whom owns it already, it changes nothing.
    name: "transfers that were answered 200 and did not hold",
    holds: "I1",
    broken: `SELECT format('ticket %s to %s, answered with version %s', a.ticket_id, a.to_agent_id, a.version) FROM acted a
             WHERE a.acked AND a.kind = 'transfer' AND NOT EXISTS (
               SELECT FROM history h WHERE h.ticket_id = a.ticket_id AND h.to_agent = a.to_agent_id
                 AND h.version <= a.version)`,
  },
  {
    name: "pulled tickets that are not in the history, or told twice",
    holds: "I3",
    broken: `SELECT format('ticket %s pulled by %s', g.id, a.agent_id) FROM acted a CROSS JOIN unnest(a.given) AS g(id)
             WHERE a.kind = 'pull' AND NOT EXISTS (SELECT FROM history h WHERE h.ticket_id = g.id
               AND h.request_id = a.request_id AND h.why = 'pull' AND h.to_agent = a.agent_id)
             UNION ALL
             SELECT format('ticket %s told %s times to %s', g.id, count(*), a.request_id)
             FROM acted a CROSS JOIN unnest(a.given) AS g(id) GROUP BY g.id, a.request_id HAVING count(*) > 1`,
  },
  {
    name: "acts that were answered 2xx and are not in the history",
    holds: "I3",
    broken: `SELECT format('%s of ticket %s (%s)', a.kind, a.ticket_id, a.request_id) FROM acted a
             WHERE a.acked AND a.kind IN ('release', 'reopen', 'reply', 'canned') AND NOT EXISTS (
               SELECT FROM history h WHERE h.ticket_id = a.ticket_id AND h.request_id = a.request_id
                 AND h.why = CASE a.kind WHEN 'canned' THEN 'reply' ELSE a.kind END)`,
  },
  {
    name: "snoozes that were answered 2xx and never told",
    holds: "I3",
    broken: `SELECT format('ticket %s (%s)', a.ticket_id, a.request_id) FROM acted a
             WHERE a.acked AND a.kind = 'snooze' AND NOT EXISTS (
               SELECT FROM told n WHERE n.ticket_id = a.ticket_id AND n.request_id = a.request_id AND n.reason = 'snooze')`,
  },
  {
    // A pull without a key is sent once and may look again: what it took and lost meanwhile it may take again. With a key it
    // is one transaction.
    name: "acts with more than one effect",
    holds: "I7",
    broken: `SELECT format('%s of ticket %s (%s) %s times', h.why, h.ticket_id, h.request_id, count(*))
             FROM history h JOIN acted a ON a.request_id = h.request_id AND (a.kind <> 'pull' OR a.key IS NOT NULL)
             GROUP BY h.ticket_id, h.request_id, h.why HAVING count(*) > 1
             UNION ALL
             SELECT format('%s of ticket %s (%s) told %s times', n.reason, n.ticket_id, n.request_id, count(*))
             FROM told n JOIN acted a ON a.request_id = n.request_id
             WHERE n.reason IN ('snooze', 'answered')
             GROUP BY n.ticket_id, n.request_id, n.reason HAVING count(*) > 1
             UNION ALL
             SELECT format('ticket %s given by a pull (%s) %s times', g.id, l.request_id, count(*)) FROM logged l
             JOIN acted a ON a.request_id = l.request_id AND a.key IS NOT NULL CROSS JOIN jsonb_array_elements(l.payload->'message_ids') AS g(id)
             WHERE l.type = 'batch_assigned' AND l.payload->>'reason' = 'pull'
             GROUP BY g.id, l.request_id HAVING count(*) > 1`,
  },
];
