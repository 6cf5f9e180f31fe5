/** Ids of a case; those that a command makes begin at 5000000. All have seven digits, so that no other number is taken for one. */
export const ids = {
  ann: 1_000_001,
  ben: 1_000_002,
  cara: 1_000_003,
  walt: 1_000_004,
  talk: 2_000_001,
  otherTalk: 2_000_002,
  ticket: 3_000_001,
  other: 3_000_002,
  opening: 4_000_001,
  canned: 6_000_001,
  firstMade: 5_000_000,
} as const;

/** What the ticket of a case is like when the acts begin. `dueSnooze`: put aside until a minute ago. */
export const startingStates = [
  "unassigned",
  "anns",
  "bens",
  "answered",
  "snoozed",
  "dueSnooze",
  "closed",
  "closedLongAgo",
] as const;
export type StartingState = (typeof startingStates)[number];

/**
 * A case, in plain SQL that shares nothing with the commands: agents ann and ben with one place each, both online; cara's
 * ticket, in the state asked for; and walt's, which waits behind it. ann's lease is over. All that was there before goes.
 */
export const makeCase = `
CREATE FUNCTION race_case(p_state text) RETURNS timestamptz LANGUAGE plpgsql AS $$
DECLARE
  start timestamptz := clock_timestamp();
  taken boolean := p_state <> 'unassigned';
  owner bigint := CASE WHEN p_state = 'bens' THEN ${ids.ben} WHEN taken THEN ${ids.ann} END;
  closed timestamptz := CASE p_state WHEN 'closed' THEN start - interval '1 h' WHEN 'closedLongAgo' THEN start - interval '100 h' END;
  replied boolean := p_state IN ('answered', 'closed', 'closedLongAgo');
  age interval := CASE p_state WHEN 'closedLongAgo' THEN interval '103 h' ELSE interval '3 h' END;
BEGIN
  UPDATE customers SET open_tickets = 1000, total_tickets = 2000;
  DELETE FROM conversations;
  DELETE FROM outbox;
  DELETE FROM events;
  DELETE FROM streams;
  UPDATE sequencer SET last_seq = 0, published_seq = 0 WHERE last_seq <> 0;
  DELETE FROM race_changes;
  DELETE FROM race_said;
  DELETE FROM agent_queues;
  DELETE FROM erasures;
  INSERT INTO users (id, role, name) VALUES (${ids.ann}, 'agent', 'ann'), (${ids.ben}, 'agent', 'ben'),
    (${ids.cara}, 'customer', 'cara'), (${ids.walt}, 'customer', 'walt')
    ON CONFLICT (id) DO UPDATE SET name = excluded.name, disabled_at = NULL, deleted_at = NULL;
  INSERT INTO agents (id, capacity, availability, availability_by)
    VALUES (${ids.ann}, 1, 'online', 'call'), (${ids.ben}, 1, 'online', 'call')
    ON CONFLICT (id) DO UPDATE SET capacity = 1, availability = 'online', availability_by = 'call', deleted_at = NULL;
  INSERT INTO agent_liveness (agent_id, last_seen_at, socket_seen_at, online_until, last_assigned_at)
    VALUES (${ids.ann}, start - interval '1 h', start - interval '1 h', start + interval '1 h', start - interval '5 h'),
           (${ids.ben}, start, start, start + interval '1 h', start - interval '4 h')
    ON CONFLICT (agent_id) DO UPDATE SET last_seen_at = excluded.last_seen_at, socket_seen_at = excluded.socket_seen_at,
      online_until = excluded.online_until, last_assigned_at = excluded.last_assigned_at;
  UPDATE system SET heartbeat_at = start + interval '1 h', gap_ended_at = start - interval '10 h';
  INSERT INTO canned_replies (id, title, text) VALUES (${ids.canned}, 'canned', 'It is on its way.')
    ON CONFLICT (id) DO UPDATE SET uses = 0;
  INSERT INTO customers (id, user_id, open_tickets, total_tickets)
    VALUES (${ids.cara}, 'cara', (closed IS NULL)::int, 1), (${ids.walt}, 'walt', 1, 1)
    ON CONFLICT (id) DO UPDATE SET user_id = excluded.user_id, open_tickets = excluded.open_tickets,
      total_tickets = excluded.total_tickets, last_seen_at = NULL, erased_at = NULL;

  INSERT INTO conversations (id, last_seq, created_at)
    VALUES (${ids.talk}, CASE WHEN replied THEN 2 ELSE 1 END, start - age), (${ids.otherTalk}, 1, start - interval '2 h');
  INSERT INTO participants (conversation_id, user_id, role)
    VALUES (${ids.talk}, ${ids.cara}, 'customer'), (${ids.otherTalk}, ${ids.walt}, 'customer');
  INSERT INTO messages (id, conversation_id, seq, sender_id, text, ticket_version, created_at)
    VALUES (${ids.opening}, ${ids.talk}, 1, ${ids.cara}, 'I paid my loan twice and was charged again', 1, start - age),
           (${ids.opening} + 1, ${ids.otherTalk}, 1, ${ids.walt}, 'Thank you', 1, start - interval '2 h');
  IF replied THEN
    INSERT INTO messages (id, conversation_id, seq, sender_id, text, created_at)
      VALUES (${ids.opening} + 2, ${ids.talk}, 2, ${ids.ann}, 'We look into it.', start - age + interval '2 h');
  END IF;
  INSERT INTO tickets (id, conversation_id, customer_id, opening_message_id, reply_message_id, status, topic, due_at,
                       first_unanswered_at, snoozed_until, assignee_id, assigned_at, version, closed_at, created_at, updated_at)
    VALUES (${ids.ticket}, ${ids.talk}, ${ids.cara}, ${ids.opening}, CASE WHEN replied THEN ${ids.opening} + 2 END,
            CASE WHEN closed IS NOT NULL THEN 'closed' WHEN taken THEN 'in_progress' ELSE 'unassigned' END,
            'repayment', start - age + interval '24 h', CASE WHEN NOT replied THEN start - age END,
            CASE p_state WHEN 'snoozed' THEN start + interval '2 h' WHEN 'dueSnooze' THEN start - interval '1 min' END,
            owner, CASE WHEN taken THEN start - age + interval '1 h' END,
            CASE WHEN closed IS NOT NULL THEN 3 WHEN taken THEN 2 ELSE 1 END, closed, start - age, start - age),
           (${ids.other}, ${ids.otherTalk}, ${ids.walt}, ${ids.opening} + 1, NULL, 'unassigned', NULL,
            start + interval '22 h', start - interval '2 h', NULL, NULL, NULL, 1, NULL, start - interval '2 h', start - interval '2 h');
  IF taken THEN
    INSERT INTO assignments (ticket_id, to_agent, why, version) VALUES (${ids.ticket}, owner, 'claim', 2);
  END IF;
  IF closed IS NOT NULL THEN
    INSERT INTO assignments (ticket_id, from_agent, why, version) VALUES (${ids.ticket}, owner, 'reply', 3);
  END IF;
  DELETE FROM race_changes;
  DELETE FROM race_said;
  RETURN start;
END $$;

DO $$ DECLARE made regclass; BEGIN
  FOREACH made IN ARRAY ARRAY['conversations', 'messages', 'tickets']::regclass[] LOOP
    EXECUTE format('ALTER TABLE %s ALTER COLUMN id RESTART WITH ${ids.firstMade}', made);
  END LOOP;
END $$;`;

/**
 * Witnesses: what really happened to tickets, in the order in which it did, kept by triggers beside the commands. Of a
 * ticket that comes to count against an agent's capacity: how many count then, and how many may.
 */
export const makeWitness = `
CREATE UNLOGGED TABLE race_changes (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, ticket_id bigint, conversation_id bigint, old_status text,
  new_status text, old_owner bigint, new_owner bigint, old_version int, new_version int, held int, capacity int,
  owner_gone boolean, deleted boolean NOT NULL DEFAULT false);
CREATE UNLOGGED TABLE race_said (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, message_id bigint, conversation_id bigint, seq int, kind text,
  sender bigint, role text, ticket_version int, status text, owner bigint, ticket_id bigint);

-- What was told, in order, whether the sequencer had it or not: the log is older than the outbox.
CREATE VIEW race_told AS
  SELECT seq AS id, stream, type, payload, stage, subject_id FROM events
  UNION ALL SELECT id + 1000000000, stream, type, payload, stage, subject_id FROM outbox;

CREATE FUNCTION race_witness_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  counts boolean := NEW.status = 'in_progress' AND NEW.snoozed_until IS NULL
    AND (OLD.status <> 'in_progress' OR OLD.assignee_id IS DISTINCT FROM NEW.assignee_id OR OLD.snoozed_until IS NOT NULL);
BEGIN
  INSERT INTO race_changes (ticket_id, conversation_id, old_status, new_status, old_owner, new_owner, old_version,
                            new_version, held, capacity, owner_gone)
  SELECT NEW.id, NEW.conversation_id, OLD.status, NEW.status, OLD.assignee_id, NEW.assignee_id, OLD.version, NEW.version,
         CASE WHEN counts THEN (SELECT count(*) FROM tickets t
           WHERE t.assignee_id = NEW.assignee_id AND t.status = 'in_progress' AND t.snoozed_until IS NULL) END,
         CASE WHEN counts THEN (SELECT a.capacity FROM agents a WHERE a.id = NEW.assignee_id) END,
         NEW.status = 'in_progress' AND NEW.assignee_id IS DISTINCT FROM OLD.assignee_id
           AND EXISTS (SELECT FROM agents a WHERE a.id = NEW.assignee_id AND a.deleted_at IS NOT NULL);
  RETURN NULL;
END $$;
CREATE TRIGGER race_witness_change AFTER UPDATE ON tickets FOR EACH ROW
  WHEN (OLD.status <> NEW.status OR OLD.assignee_id IS DISTINCT FROM NEW.assignee_id OR OLD.version <> NEW.version
        OR OLD.snoozed_until IS DISTINCT FROM NEW.snoozed_until)
  EXECUTE FUNCTION race_witness_change();

CREATE FUNCTION race_witness_gone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO race_changes (ticket_id, conversation_id, old_status, old_owner, old_version, deleted)
    VALUES (OLD.id, OLD.conversation_id, OLD.status, OLD.assignee_id, OLD.version, true);
  RETURN NULL;
END $$;
CREATE TRIGGER race_witness_gone AFTER DELETE ON tickets FOR EACH ROW EXECUTE FUNCTION race_witness_gone();

CREATE FUNCTION race_witness_said() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO race_said (message_id, conversation_id, seq, kind, sender, role, ticket_version, status, owner, ticket_id)
  SELECT NEW.id, NEW.conversation_id, NEW.seq, NEW.kind, NEW.sender_id,
         (SELECT u.role FROM users u WHERE u.id = NEW.sender_id), NEW.ticket_version, t.status, t.assignee_id, t.id
  FROM (SELECT 1) one LEFT JOIN LATERAL (
    SELECT * FROM tickets t WHERE t.conversation_id = NEW.conversation_id ORDER BY t.id DESC LIMIT 1) t ON true;
  RETURN NULL;
END $$;
CREATE TRIGGER race_witness_said AFTER INSERT ON messages FOR EACH ROW EXECUTE FUNCTION race_witness_said();`;
