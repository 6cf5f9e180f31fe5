import type { AuditRule } from "./audit-rule.js";

/** What was acknowledged is there, once, scored, routed, told and delivered (I3, I5, I7). */
export const messageRules: readonly AuditRule[] = [
  {
    name: "words that were answered 2xx and are lost",
    holds: "I3",
    broken: `SELECT format('%s %s', a.kind, a.text) FROM acted a
             WHERE a.acked AND a.text IS NOT NULL AND NOT EXISTS (SELECT FROM words w WHERE w.text = a.text)`,
  },
  {
    name: "words that are there twice",
    holds: "I7",
    broken: `SELECT format('%s (%s times)', text, count(*)) FROM words GROUP BY text HAVING count(*) > 1`,
  },
  {
    name: "words that nobody sent, or in another's name or conversation",
    holds: "I3",
    broken: `SELECT format('message %s by %s: %s', w.id, w.sender_id, w.text) FROM words w LEFT JOIN acted a ON a.text = w.text
             WHERE a.n IS NULL OR (a.ticket_id IS NOT NULL AND a.ticket_id <> w.ticket_id)
                OR (a.agent_id IS NOT NULL AND a.agent_id IS DISTINCT FROM w.sender_id)`,
  },
  {
    name: "conversations whose messages are not 1, 2, 3",
    holds: "I3",
    broken: `SELECT format('conversation %s', w.conversation_id) FROM words w JOIN conversations c ON c.id = w.conversation_id
             GROUP BY w.conversation_id, c.last_seq
             HAVING count(*) <> c.last_seq OR max(w.seq) <> c.last_seq OR count(DISTINCT w.seq) <> c.last_seq`,
  },
  {
    name: "tickets that are not scored",
    holds: "I3",
    broken: `SELECT t.id::text FROM mine t WHERE t.scored_at IS NULL OR t.urgency IS NULL OR NOT EXISTS (
               SELECT FROM words w JOIN urgency_scores s ON s.message_id = w.id
               WHERE w.ticket_id = t.id AND w.seq = t.customer_seq)`,
  },
  {
    name: "tickets that wait and are not routed",
    holds: "I3",
    broken: "SELECT id::text FROM mine WHERE status = 'unassigned' AND routed_at IS NULL",
  },
  {
    name: "new tickets told never or twice",
    holds: "I3",
    broken: `SELECT format('ticket %s told %s times', t.id, count(n.ord)) FROM mine t
             LEFT JOIN told n ON n.ticket_id = t.id AND n.type = 'message_new' GROUP BY t.id HAVING count(n.ord) <> 1`,
  },
  {
    name: "messages told never, twice or out of order",
    holds: "I3",
    broken: `SELECT format('message %s told %s times', w.id, count(s.ord)) FROM words w
             LEFT JOIN said s ON s.message_id = w.id AND s.type = 'message:new' GROUP BY w.id HAVING count(s.ord) <> 1
             UNION ALL
             SELECT format('message %s (seq %s) after seq %s', message_id, seq, before) FROM (
               SELECT *, coalesce(lag(seq) OVER (PARTITION BY ticket_id ORDER BY ord), 0) AS before
               FROM said WHERE type = 'message:new') o WHERE seq <> before + 1`,
  },
  {
    name: "scores told never, or more often than they were made",
    holds: "I3",
    broken: `SELECT format('ticket %s: %s scores, told %s times', t.id, s.made, s.told) FROM mine t CROSS JOIN LATERAL (
               SELECT (SELECT count(*) FROM words w JOIN urgency_scores u ON u.message_id = w.id WHERE w.ticket_id = t.id) AS made,
                      (SELECT count(*) FROM told n WHERE n.ticket_id = t.id AND n.reason = 'scored') AS told) s
             WHERE s.told > s.made OR s.told = 0`,
  },
  {
    name: "routes that were never told",
    holds: "I3",
    broken: `SELECT t.id::text FROM mine t WHERE t.routed_at IS NOT NULL
               AND NOT EXISTS (SELECT FROM told n WHERE n.ticket_id = t.id AND n.reason = 'routed')`,
  },
  {
    // On the socket it waits for its reader: nobody reads in the run.
    name: "replies without their delivery, or not on their way",
    holds: "I5",
    broken: `SELECT format('message %s: %s', w.id, coalesce(string_agg(
               format('%s %s, tries: %s', d.channel, d.status, concat_ws(', ', d.tries, d.last_error)), '; ')
                 FILTER (WHERE d.id IS NOT NULL), 'none')) FROM words w
             LEFT JOIN deliveries d ON d.message_id = w.id
             WHERE w.kind = 'text' AND NOT w.by_customer
             GROUP BY w.id HAVING count(d.id) <> 1 OR bool_or(
               d.status = 'failed' OR (d.status = 'pending' AND (d.channel <> 'socket' OR d.next_attempt_at IS NOT NULL)))`,
  },
  {
    name: "deliveries told never or twice",
    holds: "I5",
    broken: `SELECT format('ticket %s: %s sent, told %s times', t.id, d.sent, d.told) FROM mine t CROSS JOIN LATERAL (
               SELECT (SELECT count(*) FROM gone g WHERE g.ticket_id = t.id) AS sent,
                      (SELECT count(*) FROM told n WHERE n.ticket_id = t.id AND n.reason = 'delivered') AS told) d
             WHERE d.sent <> d.told`,
  },
];
