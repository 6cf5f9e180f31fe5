import { ids } from "./case-sql.js";

/**
 * What breaks the rules after a case, by the rule that is broken: [] when nothing is. It reads what the triggers saw, the
 * tables and what was told (outbox and log), and shares no code with the commands. `p_lowered`: the capacity of an agent
 * was lowered meanwhile.
 */
export const makeAudit = `
CREATE FUNCTION race_faults(p_lowered boolean) RETURNS TABLE (fault text, what text) LANGUAGE sql STABLE AS $$
  WITH rises AS (
    SELECT * FROM race_changes WHERE NOT deleted AND old_version <> new_version
  ), told AS (
    SELECT id, (payload->>'message_id')::bigint AS ticket_id, (payload->>'version')::int AS version,
           payload->>'status' AS status, (payload->>'assigned_to')::bigint AS owner, stage
    FROM race_told WHERE type = 'message_update'
  ), told_in_talk AS (
    SELECT id, split_part(stream, ':', 2)::bigint AS conversation_id, (payload->>'ticket_id')::bigint AS ticket_id,
           (payload->>'version')::int AS version,
           payload->>'status' AS status, (payload->'assigned_to'->>'id')::bigint AS owner
    FROM race_told WHERE type = 'ticket'
  ), customer_said AS (
    SELECT * FROM race_said WHERE role = 'customer' AND kind = 'text'
  )
  SELECT 'I1 a change of owner or status did not raise version by one', c::text FROM race_changes c
    WHERE NOT deleted AND (old_status <> new_status OR old_owner IS DISTINCT FROM new_owner) AND new_version <> old_version + 1
  UNION ALL
  SELECT 'I1 version was not raised by one', r::text FROM rises r WHERE new_version <> old_version + 1
  UNION ALL
  SELECT 'I1 version rose for nothing', r::text FROM rises r
    WHERE old_status = new_status AND old_owner IS NOT DISTINCT FROM new_owner AND NOT EXISTS (
      SELECT FROM customer_said s WHERE s.conversation_id = r.conversation_id AND s.ticket_version = r.new_version)
  UNION ALL
  SELECT 'I1 a customer message did not raise version once', s::text FROM customer_said s
    WHERE s.ticket_version IS NULL OR (s.ticket_version > 1 AND (
      SELECT count(*) FROM rises r WHERE r.conversation_id = s.conversation_id AND r.new_version = s.ticket_version) = 0)
  UNION ALL
  SELECT 'I1 changed from another version than the one before', r::text FROM (
    SELECT c.*, lag(new_version) OVER (PARTITION BY ticket_id ORDER BY id) AS before FROM race_changes c) r
    WHERE before IS NOT NULL AND before <> old_version
  UNION ALL
  SELECT 'I1 given to an agent that was removed', c::text FROM race_changes c WHERE owner_gone
  UNION ALL
  SELECT 'I1 taken from an owner without being free', c::text FROM race_changes c
    WHERE old_status = 'in_progress' AND new_status = 'in_progress' AND old_owner <> new_owner AND NOT EXISTS (
      SELECT FROM assignments a WHERE a.ticket_id = c.ticket_id AND a.version = c.new_version AND a.why = 'transfer')
      AND EXISTS (SELECT FROM tickets t WHERE t.id = c.ticket_id)
  UNION ALL
  SELECT 'I1 history is not what happened', r::text FROM rises r
    WHERE (old_status <> new_status OR old_owner IS DISTINCT FROM new_owner)
      AND EXISTS (SELECT FROM tickets t WHERE t.id = r.ticket_id) AND NOT EXISTS (
        SELECT FROM assignments a WHERE a.ticket_id = r.ticket_id AND a.version = r.new_version
          AND a.from_agent IS NOT DISTINCT FROM CASE WHEN old_status = 'in_progress' THEN old_owner END
          AND a.to_agent IS NOT DISTINCT FROM CASE WHEN new_status = 'in_progress' THEN new_owner END)
  UNION ALL
  SELECT 'I1 history of what did not happen', a::text FROM assignments a JOIN tickets t ON t.id = a.ticket_id
    WHERE a.version > coalesce((SELECT min(c.old_version) FROM race_changes c WHERE c.ticket_id = t.id), t.version)
      AND NOT EXISTS (SELECT FROM rises r WHERE r.ticket_id = t.id AND r.new_version = a.version
        AND (old_status <> new_status OR old_owner IS DISTINCT FROM new_owner))
  UNION ALL
  SELECT 'I2 assigned above capacity', c::text FROM race_changes c WHERE held > capacity
  UNION ALL
  SELECT 'I2 holds more than its capacity', a.id || ' of ' || a.capacity FROM agents a
    WHERE NOT p_lowered AND a.capacity < (SELECT count(*) FROM tickets t
      WHERE t.assignee_id = a.id AND t.status = 'in_progress' AND t.snoozed_until IS NULL)
  UNION ALL
  SELECT 'I3 a rise was not told once to its conversation', r::text FROM rises r WHERE (
    SELECT count(*) FROM told_in_talk t WHERE t.conversation_id = r.conversation_id AND t.ticket_id = r.ticket_id
      AND t.version = r.new_version AND t.status = r.new_status AND t.owner IS NOT DISTINCT FROM r.new_owner) <> 1
  UNION ALL
  SELECT 'I3 a conversation was told of what was not', t::text FROM told_in_talk t WHERE NOT EXISTS (
    SELECT FROM rises r WHERE r.ticket_id = t.ticket_id AND r.new_version = t.version)
  UNION ALL
  SELECT 'I3 a rise was not told to the agents as it was', r::text FROM rises r WHERE NOT coalesce((
    SELECT t.status = r.new_status AND t.owner IS NOT DISTINCT FROM r.new_owner FROM told t
    WHERE t.ticket_id = r.ticket_id AND t.version = r.new_version ORDER BY t.id LIMIT 1), false)
  UNION ALL
  SELECT 'I3 agents were told of a version out of order', t::text FROM (
    SELECT t.*, lag(version) OVER (PARTITION BY ticket_id ORDER BY id) AS before FROM told t) t
    WHERE before IS NOT NULL AND version NOT IN (before, before + 1)
  UNION ALL
  SELECT 'I3 agents were told of a version that was not', t::text FROM told t
    WHERE NOT EXISTS (SELECT FROM rises r WHERE r.ticket_id = t.ticket_id AND r.new_version = t.version)
      AND t.version IS DISTINCT FROM coalesce(
        (SELECT min(c.old_version) FROM race_changes c WHERE c.ticket_id = t.ticket_id),
        (SELECT k.version FROM tickets k WHERE k.id = t.ticket_id))
  UNION ALL
  SELECT 'I3 conversation told out of order', t::text FROM (
    SELECT t.*, lag(version) OVER (PARTITION BY ticket_id ORDER BY id) AS before FROM told_in_talk t) t
    WHERE before IS NOT NULL AND version <> before + 1
  UNION ALL
  SELECT 'I3 the last that was told is not how it stands', t.id::text FROM tickets t
    JOIN LATERAL (SELECT * FROM told WHERE ticket_id = t.id ORDER BY id DESC LIMIT 1) l ON true
    WHERE l.version <> t.version OR l.status <> t.status OR l.owner IS DISTINCT FROM t.assignee_id
  UNION ALL
  SELECT 'I3 a removal was not told once', c::text FROM race_changes c WHERE deleted AND (
    SELECT count(*) FROM race_told o WHERE o.type = 'message_deleted' AND (o.payload->>'message_id')::bigint = c.ticket_id) <> 1
  UNION ALL
  SELECT 'I3 something was told after the removal', o.id::text FROM race_told o JOIN race_told gone
    ON gone.type = 'message_deleted' AND gone.payload->>'message_id' = o.payload->>'message_id' AND o.id > gone.id
  UNION ALL
  SELECT 'I3 a message was not told once', s::text FROM race_said s WHERE message_id >= ${ids.firstMade} AND (
    SELECT count(*) FROM race_told o WHERE o.type = 'message:new' AND (o.payload->'message'->>'id')::bigint = s.message_id) <> 1
  UNION ALL
  SELECT 'I3 messages told out of order', o.id::text FROM (
    SELECT id, (payload->'message'->>'seq')::int AS seq,
           lag((payload->'message'->>'seq')::int) OVER (PARTITION BY stream ORDER BY id) AS before
    FROM race_told WHERE type = 'message:new') o WHERE before IS NOT NULL AND seq <> before + 1
  UNION ALL
  SELECT 'I3 a customer message asks for no score', s::text FROM customer_said s WHERE message_id >= ${ids.firstMade} AND NOT EXISTS (
    SELECT FROM race_told o WHERE o.stage = 'score' AND o.subject_id = s.message_id)
  UNION ALL
  SELECT 'I3 a ticket waits that nobody is asked to look at', t.id::text FROM tickets t
    WHERE t.status = 'unassigned' AND EXISTS (SELECT FROM race_changes c WHERE c.ticket_id = t.id AND c.new_status = 'unassigned'
        AND c.old_status <> 'unassigned')
      AND NOT EXISTS (SELECT FROM race_told o WHERE o.stage IN ('score', 'route', 'assign') AND (o.subject_id = t.id OR o.subject_id IN (
        SELECT m.id FROM messages m WHERE m.conversation_id = t.conversation_id)))
  UNION ALL
  SELECT 'I3 a ticket waits without an age', t.id::text FROM tickets t
    WHERE t.status = 'unassigned' AND t.first_unanswered_at IS NULL
  UNION ALL
  SELECT 'I3 seq has a hole or a double', c.id::text FROM conversations c
    WHERE c.last_seq <> (SELECT count(*) FROM messages m WHERE m.conversation_id = c.id)
       OR c.last_seq <> (SELECT max(m.seq) FROM messages m WHERE m.conversation_id = c.id)
  UNION ALL
  SELECT 'I5 a reply has not one delivery', s::text FROM race_said s
    WHERE role = 'agent' AND kind = 'text' AND EXISTS (SELECT FROM messages m WHERE m.id = s.message_id)
      AND (SELECT count(*) FROM deliveries d WHERE d.message_id = s.message_id) <> 1
  UNION ALL
  SELECT 'I6 a reply of somebody who is not the owner', s::text FROM race_said s
    WHERE role = 'agent' AND kind = 'text' AND sender IS DISTINCT FROM owner
  UNION ALL
  SELECT 'I4 a stream has a hole or a double', s.stream FROM streams s LEFT JOIN events e ON e.stream = s.stream
    GROUP BY s.stream, s.last_pos
    HAVING count(e.pos) <> s.last_pos OR min(e.pos) <> 1 OR max(e.pos) <> s.last_pos OR count(DISTINCT e.pos) <> count(e.pos)
  UNION ALL
  SELECT 'I4 events of no stream', e.stream FROM events e WHERE NOT EXISTS (SELECT FROM streams s WHERE s.stream = e.stream)
  UNION ALL
  SELECT 'I4 seq has a hole or a double', q.last_seq::text FROM sequencer q
    WHERE (SELECT (count(*), count(DISTINCT seq), coalesce(max(seq), 0)) FROM events) IS DISTINCT FROM (q.last_seq, q.last_seq, q.last_seq)
  UNION ALL
  SELECT 'I4 pos and seq disagree', e.stream || ' ' || e.pos FROM (
    SELECT stream, pos, seq, lag(seq) OVER (PARTITION BY stream ORDER BY pos) AS before FROM events) e WHERE e.before >= e.seq
  UNION ALL
  SELECT 'a customer''s tickets are miscounted', c.user_id || ': ' || c.open_tickets || ' of ' || c.total_tickets FROM customers c
    WHERE c.open_tickets <> (SELECT count(*) FROM tickets t WHERE t.customer_id = c.id AND t.status <> 'closed')
       OR c.total_tickets <> (SELECT count(*) FROM tickets t WHERE t.customer_id = c.id)
  UNION ALL
  SELECT 'two open tickets in a conversation', min(t.id)::text FROM tickets t WHERE t.status <> 'closed'
    GROUP BY t.conversation_id HAVING count(*) > 1
$$;`;
