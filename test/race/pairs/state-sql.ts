import { ids } from "./case-sql.js";

/**
 * All that a case came to, as one JSON text: times as whole minutes from its start, and events by what they are about,
 * since only the order of one ticket's or conversation's events means something.
 */
export const makeState = `
CREATE FUNCTION race_minutes(at timestamptz, start timestamptz) RETURNS int LANGUAGE sql IMMUTABLE AS $$
  SELECT round(extract(epoch FROM at - start) / 60)::int $$;

CREATE FUNCTION race_state(p_start timestamptz) RETURNS jsonb LANGUAGE sql STABLE AS $$
  SELECT jsonb_build_object(
    'tickets', (SELECT jsonb_agg(jsonb_build_object(
        'id', t.id, 'talk', t.conversation_id, 'status', t.status, 'queue', t.queue, 'owner', t.assignee_id,
        'version', t.version, 'urgency', t.urgency, 'level', t.urgency_level, 'floor', t.level_floor, 'topic', t.topic,
        'due', race_minutes(t.due_at, p_start), 'since', race_minutes(t.first_unanswered_at, p_start),
        'followUps', t.follow_ups, 'customerSeq', t.customer_seq, 'snooze', race_minutes(t.snoozed_until, p_start),
        'preferred', t.preferred_agent_id, 'scored', t.scored_at IS NOT NULL, 'routed', t.routed_at IS NOT NULL,
        'closed', race_minutes(t.closed_at, p_start), 'sold', t.sold_at IS NOT NULL,
        'assigned', race_minutes(t.assigned_at, p_start),
        'answer', (SELECT m.seq FROM messages m WHERE m.id = t.reply_message_id),
        'labels', (SELECT jsonb_agg(l.level ORDER BY l.level) FROM urgency_labels l WHERE l.message_id = t.opening_message_id),
        'history', (SELECT jsonb_agg(jsonb_build_array(h.version, h.from_agent, h.to_agent, h.why) ORDER BY h.version)
                    FROM assignments h WHERE h.ticket_id = t.id)) ORDER BY t.id) FROM tickets t),
    'said', (SELECT jsonb_agg(jsonb_build_array(m.conversation_id, m.seq, m.kind, m.sender_id, m.text, m.ticket_version,
               m.canned_id, m.edited_at IS NOT NULL, (SELECT s.score FROM urgency_scores s WHERE s.message_id = m.id),
               (SELECT d.status FROM deliveries d WHERE d.message_id = m.id)) ORDER BY m.conversation_id, m.seq) FROM messages m),
    'talks', (SELECT jsonb_agg(jsonb_build_array(c.id, c.title, c.last_seq, c.erased_at IS NOT NULL) ORDER BY c.id)
              FROM conversations c),
    'customers', (SELECT jsonb_agg(jsonb_build_array(c.id, c.open_tickets, c.total_tickets, c.erased_at IS NOT NULL,
                    race_minutes(c.last_seen_at, p_start)) ORDER BY c.id) FROM customers c),
    'agents', (SELECT jsonb_agg(jsonb_build_array(a.id, a.capacity, a.availability, a.deleted_at IS NOT NULL,
                 race_minutes(l.last_assigned_at, p_start)) ORDER BY a.id)
               FROM agents a LEFT JOIN agent_liveness l ON l.agent_id = a.id),
    'uses', (SELECT uses FROM canned_replies WHERE id = ${ids.canned}),
    'told', (SELECT jsonb_object_agg(about, told) FROM (
       SELECT about, jsonb_agg(told ORDER BY id) AS told FROM (
         SELECT o.id, CASE WHEN o.stream = 'agents' THEN 'agents ' || coalesce(o.payload->>'message_id', o.type)
                           WHEN o.stream = 'desk' THEN 'desk ' || (o.payload->>'agent_id') ELSE o.stream END AS about,
                jsonb_build_array(o.type, o.payload->'reason', o.payload->'status', o.payload->'assigned_to',
                  o.payload->'version', o.payload->'queue', o.payload->'was', o.payload->'urgency'->'score',
                  race_minutes((o.payload->>'due_at')::timestamptz, p_start), o.payload->'agent_id', o.payload->'message_ids',
                  o.payload->'message'->'seq', o.stage) AS told
         FROM outbox o) each GROUP BY about) all_told))
$$;`;
