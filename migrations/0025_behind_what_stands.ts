import { type Kysely, sql } from "kysely";

/**
 * A delivery is put off only behind one that still stands in its line.
 *
 * 0022 held the first at or after (conversation, 'pending', 0). Where that one was sent after the claim's statement had
 * begun and before it was locked, Postgres put the same question to its new version, and 'sent' is after 'pending': it was
 * taken for one that stands there, and what came after it waited for five minutes and more, woken by nobody. Now the version
 * that is held is asked for its status and its line. Locks: those rows of `deliveries` that were put off behind nothing;
 * they are due now.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of [claim(webhooks), claim(mails), wakeStranded]) await sql.raw(statement).execute(db);
}

const steady = `
  SET enable_seqscan = off SET enable_sort = off SET enable_incremental_sort = off SET jit = off
  SET plan_cache_mode = force_generic_plan`;

// Any that is pending before it, parked or not, may be what wakes it.
const wakeStranded = `
UPDATE deliveries d SET behind = false, next_attempt_at = now()
WHERE d.behind AND NOT EXISTS (
  SELECT FROM deliveries o
  WHERE o.conversation_id = d.conversation_id AND o.webhook_id IS NOT DISTINCT FROM d.webhook_id
    AND o.channel = d.channel AND o.status = 'pending' AND o.id < d.id)`;

/** What differs between what goes to a webhook and what goes by mail. */
interface Line {
  name: string;
  /** Parameters before the common ones. */
  given: string;
  /** What could be claimed, of deliveries `c`. */
  pending: string;
  /** What a question on the line, of deliveries `o`, says besides its place; its columns, and a place in it. */
  of: string;
  columns: string;
  /** Whether `o` stands in that conversation's line. */
  same: (conversation: string) => string;
  place: (conversation: string, status: string, id: string) => string;
}

const webhooks: Line = {
  name: "claim_for_webhook",
  given: "p_webhook bigint, ",
  pending: "c.webhook_id = p_webhook AND c.status = 'pending' AND c.event_type IS DISTINCT FROM 'test'",
  of: "o.webhook_id IS NOT NULL",
  columns: "o.webhook_id, o.conversation_id, o.status, o.id",
  same: (conversation) => `o.webhook_id = p_webhook AND o.conversation_id = ${conversation}`,
  place: (conversation, status, id) => `(p_webhook, ${conversation}, ${status}, ${id})`,
};

const mails: Line = {
  name: "claim_mails",
  given: "",
  pending: "c.channel = 'email' AND c.status = 'pending'",
  of: "o.channel = 'email'",
  columns: "o.conversation_id, o.status, o.id",
  same: (conversation) => `o.channel = 'email' AND o.conversation_id = ${conversation}`,
  place: (conversation, status, id) => `(${conversation}, ${status}, ${id})`,
};

// As in 0022, but for `holder`, which must still stand in the line when it is locked.
const claim = ({ name, given, pending, of, columns, place, same }: Line) => `
CREATE OR REPLACE FUNCTION ${name}(${given}p_limit integer, p_lease_ms float8, p_bound integer)
RETURNS TABLE (
  id bigint, attempt integer, tries integer, stable_id text, age_ms float8, out_of_order boolean, message_id bigint,
  ticket_id bigint, conversation_id bigint, event_seq bigint, request_id text, created_at timestamptz)
LANGUAGE plpgsql VOLATILE ${steady} AS $$
DECLARE
  bite    integer := p_limit;
  looked  integer := 0;
  found   bigint[];
  times   timestamptz[];
  n       integer;
  last_at timestamptz := '-infinity';
  last_id bigint := 0;
  ripe    bigint[] := '{}';
  riper   bigint[];
BEGIN
  LOOP
    SELECT array_agg(f.id), array_agg(f.next_attempt_at), count(*)::integer INTO found, times, n FROM (
      SELECT c.id, c.next_attempt_at FROM deliveries c
      WHERE ${pending} AND (c.next_attempt_at, c.id) > (last_at, last_id) AND c.next_attempt_at <= now()
      ORDER BY c.next_attempt_at, c.id LIMIT bite FOR UPDATE SKIP LOCKED) f;
    EXIT WHEN n = 0;
    last_at := times[n];
    last_id := found[n];

    WITH candidates AS MATERIALIZED (
      SELECT d.id, d.next_attempt_at AS at, CASE WHEN d.parked_at IS NULL THEN d.conversation_id END AS talk
      FROM deliveries d WHERE d.id = ANY(found)
    ), lines AS MATERIALIZED (
      SELECT t.talk, CASE WHEN h.stands THEN h.id END AS holder, (
        SELECT o.id FROM deliveries o
        WHERE ${of} AND o.parked_at IS NULL AND (${columns}) >= ${place("t.talk", "'pending'", "0")}
        ORDER BY ${columns} LIMIT 1) AS first
      FROM (SELECT DISTINCT c.talk FROM candidates c WHERE c.talk IS NOT NULL) t LEFT JOIN LATERAL (
        SELECT o.id, o.status = 'pending' AND ${same("t.talk")} AS stands FROM deliveries o
        WHERE ${of} AND o.parked_at IS NULL AND (${columns}) >= ${place("t.talk", "'pending'", "0")}
        ORDER BY ${columns} LIMIT 1 FOR SHARE SKIP LOCKED) h ON true
    ), judged AS MATERIALIZED (
      SELECT c.id, c.at, c.talk IS NULL OR l.first >= c.id AS goes, l.holder < c.id AS is_behind
      FROM candidates c LEFT JOIN lines l ON l.talk = c.talk
    ), put_off AS (
      UPDATE deliveries d SET behind = true, next_attempt_at = now() + (0.8 + 0.4 * random())
        * greatest(interval '5 minutes', least(now() - d.created_at, interval '1 hour'))
      WHERE d.id = ANY(ARRAY(SELECT j.id FROM judged j WHERE NOT j.goes AND j.is_behind))
    )
    SELECT array_agg(j.id ORDER BY j.at, j.id) INTO riper FROM judged j WHERE j.goes;

    ripe := ripe || riper;
    looked := looked + n;
    EXIT WHEN coalesce(cardinality(ripe), 0) >= p_limit OR n < bite OR looked >= p_bound;
    bite := least(256, greatest(64, 4 * p_limit));
  END LOOP;

  RETURN QUERY
  UPDATE deliveries d
  SET attempts = d.attempts + 1, tries = d.tries + 1, tried_at = coalesce(d.tried_at, now()), behind = false,
      next_attempt_at = now() + p_lease_ms * interval '1 ms',
      out_of_order = d.conversation_id IS NOT NULL AND (
        (SELECT o.id <> d.id FROM deliveries o
         WHERE ${of} AND (${columns}) >= ${place("d.conversation_id", "'pending'", "0")} ORDER BY ${columns} LIMIT 1)
        OR coalesce((SELECT ${same("d.conversation_id")} AND o.status = 'sent' FROM deliveries o
                     WHERE ${of} AND (${columns}) > ${place("d.conversation_id", "'sent'", "d.id")}
                     ORDER BY ${columns} LIMIT 1), false)
        OR coalesce((SELECT ${same("d.conversation_id")} AND o.status = 'pending'
                            AND (d.parked_at IS NOT NULL OR o.tried_at IS NOT NULL)
                     FROM deliveries o
                     WHERE ${of} AND (${columns}) > ${place("d.conversation_id", "'pending'", "d.id")}
                     ORDER BY ${columns} LIMIT 1), false)
        OR d.message_id IS NOT NULL AND (
          SELECT o.id FROM deliveries o
          WHERE o.channel = 'socket' AND o.status = 'pending' AND o.id + 0 < d.id
            AND o.conversation_id >= d.conversation_id AND o.conversation_id <= d.conversation_id
          ORDER BY o.conversation_id LIMIT 1) IS NOT NULL)
  WHERE d.id = ANY(ripe[1:p_limit])
  RETURNING d.id, d.attempts, d.tries, coalesce(d.stable_id, 'msg_' || d.id),
    (extract(epoch FROM now() - d.tried_at) * 1000)::float8, d.out_of_order, d.message_id, d.ticket_id,
    d.conversation_id, d.event_seq, d.request_id, d.created_at;

  IF coalesce(cardinality(ripe), 0) < p_limit AND looked >= p_bound AND n = bite THEN
    RETURN NEXT;
  END IF;
END $$;
`;
