import { type Kysely, sql } from "kysely";

/**
 * The fill: the one way in which tickets are given out in batches (DESIGN.md 7). Locks: nothing; it makes a function.
 *
 * In one function, so that it is one round trip, and so that no process can stop between its statements and hold an
 * agent and fifteen tickets. It is VOLATILE: each statement in it has a snapshot of its own, taken when it begins. That
 * is what makes the count exact: a statement that locks and counts at once has a snapshot older than its lock, and eight
 * parallel pulls of one agent then hold 120 (measured).
 *
 * Its plans live as long as the session, and the first may be made while nothing waits: without `enable_seqscan = off`
 * they would walk the whole table, and go on so when it is full.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(fillAgent).execute(db);
  await sql.raw(fillAgents).execute(db);
}

// How many tickets beyond the room are looked at in each queue: what other fills hold at that moment is passed over.
const passedOver = 60;

const fillAgent = `
CREATE FUNCTION fill_agent(p_agent bigint, p_max integer, p_reason text, p_request text, p_decision jsonb)
RETURNS TABLE (agent_name text, agent_capacity integer, agent_queues text[], is_online boolean,
               held_before integer, taken bigint[])
LANGUAGE plpgsql VOLATILE SET enable_seqscan = off SET jit = off AS $$
DECLARE
  room      integer;
  customers bigint[];
  own       bigint[];
  preferred bigint[];
  next      bigint[];
BEGIN
  -- 1. The agent's lock, first in the lock order. FOR NO KEY UPDATE: every ticket's foreign key holds KEY SHARE on the row.
  SELECT u.name, a.capacity, ARRAY(SELECT q.queue FROM agent_queues q WHERE q.agent_id = a.id),
         a.availability = 'online'
           AND coalesce((SELECT l.online_until > now() FROM agent_liveness l WHERE l.agent_id = a.id), false)
    INTO agent_name, agent_capacity, agent_queues, is_online
    FROM agents a JOIN users u ON u.id = a.id
    WHERE a.id = p_agent AND a.deleted_at IS NULL
    FOR NO KEY UPDATE OF a;
  IF NOT FOUND THEN RETURN; END IF;

  -- 2. What it holds, counted from the index under the lock, never kept in a counter.
  SELECT count(*) FILTER (WHERE t.snoozed_until IS NULL), array_agg(DISTINCT t.customer_id)
    INTO held_before, customers
    FROM tickets t WHERE t.assignee_id = p_agent AND t.closed_at IS NULL;
  room := greatest(0, least(agent_capacity - held_before, p_max));
  taken := '{}';
  IF room = 0 OR (p_reason = 'push' AND NOT is_online) THEN
    RETURN NEXT;
    RETURN;
  END IF;

  -- 3. Its own reopened tickets, and those of customers that it serves already. SKIP LOCKED never waits, so the order in
  --    which tickets are locked here cannot deadlock with anybody's.
  SELECT array_agg(o.id), array_agg(o.id) FILTER (WHERE o.preferred_agent_id = p_agent)
    INTO own, preferred
    FROM (
      SELECT t.id, t.preferred_agent_id FROM tickets t
      WHERE t.status = 'unassigned' AND (agent_queues = '{}' OR t.queue = ANY(agent_queues))
        AND t.id = ANY(ARRAY(
          (SELECT p.id FROM tickets p WHERE p.preferred_agent_id = p_agent AND p.status = 'unassigned'
           ORDER BY p.due_at, p.id LIMIT room)
          UNION ALL
          SELECT w.id FROM unnest(customers) AS c(id) CROSS JOIN LATERAL (
            SELECT s.id FROM tickets s WHERE s.customer_id = c.id AND s.status = 'unassigned'
            ORDER BY s.due_at, s.id LIMIT room) w))
      ORDER BY t.due_at, t.id LIMIT room
      FOR UPDATE SKIP LOCKED) o;
  own := coalesce(own, '{}');
  preferred := coalesce(preferred, '{}');

  -- 4. The rest in queue order: for an agent that serves all, one walk along the index (due_at, id); for one with a list,
  --    the heads of each queue from its own index, merged. Queues compared by = ANY and sorted by due_at would sort
  --    the whole backlog (measured on 200,000: 236 ms against 0.2).
  room := room - cardinality(own);
  IF room > 0 AND agent_queues = '{}' THEN
    SELECT array_agg(n.id) INTO next FROM (
      SELECT t.id FROM tickets t
      WHERE t.status = 'unassigned' AND t.id <> ALL(own)
      ORDER BY t.due_at, t.id LIMIT room
      FOR UPDATE SKIP LOCKED) n;
  ELSIF room > 0 THEN
    SELECT array_agg(n.id) INTO next FROM (
      SELECT t.id FROM tickets t
      WHERE t.status = 'unassigned' AND t.id <> ALL(own)
        AND t.id = ANY(ARRAY(
          SELECT head.id FROM unnest(agent_queues) AS q(name) CROSS JOIN LATERAL (
            SELECT h.id, h.due_at FROM tickets h WHERE h.status = 'unassigned' AND h.queue = q.name
            ORDER BY h.due_at, h.id LIMIT room + ${passedOver}) head
          ORDER BY head.due_at, head.id LIMIT room + ${passedOver}))
      ORDER BY t.due_at, t.id LIMIT room
      FOR UPDATE SKIP LOCKED) n;
  END IF;
  taken := own || coalesce(next, '{}');
  IF taken = '{}' THEN
    RETURN NEXT;
    RETURN;
  END IF;

  -- 5. They are its own now: rows, history, events. The rows are locked, so none can have changed since.
  WITH given AS (
    UPDATE tickets t SET status = 'in_progress', assignee_id = p_agent, assigned_at = now(), updated_at = now(),
                         version = t.version + 1
    WHERE t.id = ANY(taken)
    RETURNING t.id, t.conversation_id, t.version
  ), placed AS MATERIALIZED (
    SELECT g.*, array_position(taken, g.id) AS place FROM given g
  ), remembered AS (
    INSERT INTO assignments (ticket_id, to_agent, why, version, request_id, decision)
    SELECT p.id, p_agent, p_reason, p.version, p_request, p_decision || jsonb_build_object(
      'rule', CASE WHEN p.id = ANY(preferred) THEN 'preferred' WHEN p.id = ANY(own) THEN 'same_customer'
                   ELSE 'queue_order' END,
      'place', p.place, 'held', held_before, 'capacity', agent_capacity)
    FROM placed p
  ), alive AS (
    INSERT INTO agent_liveness AS l (agent_id, last_assigned_at) VALUES (p_agent, now())
    ON CONFLICT (agent_id) DO UPDATE SET last_assigned_at = now()
  )
  INSERT INTO outbox (stream, type, payload, request_id)
  SELECT 'agents', 'message_update',
         jsonb_build_object('message_id', p.id, 'status', 'in_progress', 'assigned_to', p_agent,
                            'version', p.version, 'reason', p_reason), p_request
  FROM placed p
  UNION ALL
  SELECT 'conversation:' || p.conversation_id, 'ticket',
         jsonb_build_object('status', 'in_progress',
                            'assigned_to', jsonb_build_object('id', p_agent, 'name', agent_name),
                            'version', p.version), p_request
  FROM placed p
  UNION ALL
  SELECT 'agents', 'batch_assigned',
         jsonb_build_object('agent_id', p_agent, 'message_ids', to_jsonb(taken), 'reason', p_reason), p_request;
  RETURN NEXT;
END $$;
`;

// A push fills many with a ticket or two each: one commit for all of them. All agents, then what is known of their being
// alive, are locked first and ascending, before any ticket: one after the other, each with its tickets, would meet a claim
// that holds its agent and waits for a ticket.
const fillAgents = `
CREATE FUNCTION fill_agents(p_agents bigint[], p_max integer[], p_reason text, p_request text, p_decisions jsonb[])
RETURNS TABLE (agent_id bigint, taken bigint[])
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  PERFORM 1 FROM agents a WHERE a.id = ANY(p_agents) ORDER BY a.id FOR NO KEY UPDATE;
  PERFORM 1 FROM agent_liveness l WHERE l.agent_id = ANY(p_agents) ORDER BY l.agent_id FOR NO KEY UPDATE;
  FOR i IN 1 .. cardinality(p_agents) LOOP
    RETURN QUERY SELECT p_agents[i], f.taken
                 FROM fill_agent(p_agents[i], p_max[i], p_reason, p_request, p_decisions[i]) f;
  END LOOP;
END $$;
`;
