import { type Kysely, sql } from "kysely";

/**
 * A delivery that is due but stands behind another one of its conversation is looked at once, not at each claim.
 *
 * With tens of thousands pending behind receivers that fail, a claim walked all that were due and held back: 4 to 6 s each,
 * measured. Now what is found behind is put off (`behind`), and comes back the moment that what stands in front of it is
 * sent, fails for good, is parked, or goes away: triggers see to it, whoever writes. Claims look at a bounded number of
 * rows. Locks: `deliveries` for writers while two indexes are built (one of them is empty), an instant for the
 * column and the triggers.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  const statements = [table, wake, tidy, triggers, claim(webhooks), claim(mails)];
  for (const statement of statements) await sql.raw(statement).execute(db);
}

// A line: deliveries of one conversation by one webhook, or by mail. Those that are pending and not parked stand in it, in
// order of ids. Every line whose first were behind would stand still, so these hold:
//   1. A claim puts a delivery off only while it holds a row that stands before it: that one cannot leave meanwhile, and
//      when it does, it sees what was put off. A row that is just being changed cannot be held: then nothing is decided.
//   2. One that was not behind and leaves wakes the lowest that is behind after it. It waits for rows that others change,
//      and goes on to the next where those leave. One that is behind wakes nobody: before it stands one that will.
// That it is looked at again some time is a net under this, for what runs where it sees less than what is committed
// (repeatable read): after about five minutes, then after as long again as it has waited, up to an hour; so that a line which
// stands for long costs ever less.
const table = `
ALTER TABLE deliveries ADD COLUMN behind boolean NOT NULL DEFAULT false;
CREATE INDEX deliveries_behind ON deliveries (coalesce(webhook_id, 0), conversation_id, id) WHERE behind;
CREATE INDEX deliveries_mail_order ON deliveries (conversation_id, status, id) WHERE channel = 'email';
`;

// Plans of these functions are made once, maybe over an empty table, and must be good over a full one. Each question names the
// columns of its index by rows that are compared and by the same ORDER BY: with no sorting and no walking allowed, no other
// index answers it. They ask for the first row from a place on, and look whether it is still of the line: the end of a range of
// such rows does not stop a walk (Postgres 15 walked the rest of the index).
const steady = `
  SET enable_seqscan = off SET enable_sort = off SET enable_incremental_sort = off SET jit = off
  SET plan_cache_mode = force_generic_plan`;

// A whole webhook may go at once: what is looked for is among those that are behind, not among all that leave together. That
// it is, is asked so that only its key answers.
const wake = `
CREATE FUNCTION wake_follower() RETURNS trigger LANGUAGE plpgsql ${steady} AS $$
DECLARE
  line bigint := coalesce(OLD.webhook_id, 0);
  follower record;
BEGIN
  follower := OLD;
  LOOP
    SELECT o.id, coalesce(o.webhook_id, 0) = line AND o.conversation_id = OLD.conversation_id AS is_next INTO follower
    FROM deliveries o
    WHERE o.behind AND (coalesce(o.webhook_id, 0), o.conversation_id, o.id) > (line, OLD.conversation_id, follower.id)
    ORDER BY coalesce(o.webhook_id, 0), o.conversation_id, o.id LIMIT 1;
    EXIT WHEN NOT FOUND OR NOT follower.is_next;
    UPDATE deliveries d SET behind = false, next_attempt_at = now()
    WHERE d.id = follower.id AND d.behind::integer = 1;
    EXIT WHEN FOUND;
  END LOOP;
  RETURN NULL;
END $$;
`;

// Nothing is behind that does not stand in a line.
const tidy = `
CREATE FUNCTION leave_line() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.behind := false;
  RETURN NEW;
END $$;
`;

const stood =
  "OLD.status = 'pending' AND OLD.parked_at IS NULL AND OLD.conversation_id IS NOT NULL AND OLD.channel <> 'socket'";
const leaves = `(NEW.status <> 'pending' OR NEW.parked_at IS NOT NULL OR NEW.channel <> OLD.channel
    OR NEW.webhook_id IS DISTINCT FROM OLD.webhook_id OR NEW.conversation_id IS DISTINCT FROM OLD.conversation_id)`;
const standing = "status, parked_at, channel, webhook_id, conversation_id";

// Of the columns that say where one stands: a claim changes none of them, and does not even ask.
const triggers = `
CREATE TRIGGER leave_line BEFORE UPDATE OF ${standing} ON deliveries FOR EACH ROW
  WHEN (OLD.behind AND ${leaves}) EXECUTE FUNCTION leave_line();
CREATE TRIGGER wake_follower AFTER UPDATE OF ${standing} ON deliveries FOR EACH ROW
  WHEN (NOT OLD.behind AND ${stood} AND ${leaves}) EXECUTE FUNCTION wake_follower();
CREATE TRIGGER wake_follower_of_deleted AFTER DELETE ON deliveries FOR EACH ROW
  WHEN (NOT OLD.behind AND ${stood}) EXECUTE FUNCTION wake_follower();
`;

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
  /** Whether `o` stands in the line of `d`. */
  same: string;
  place: (conversation: string, status: string, id: string) => string;
}

const webhooks: Line = {
  name: "claim_for_webhook",
  given: "p_webhook bigint, ",
  pending: "c.webhook_id = p_webhook AND c.status = 'pending' AND c.event_type IS DISTINCT FROM 'test'",
  of: "o.webhook_id IS NOT NULL",
  columns: "o.webhook_id, o.conversation_id, o.status, o.id",
  same: "o.webhook_id = p_webhook AND o.conversation_id = d.conversation_id",
  place: (conversation, status, id) => `(p_webhook, ${conversation}, ${status}, ${id})`,
};

const mails: Line = {
  name: "claim_mails",
  given: "",
  pending: "c.channel = 'email' AND c.status = 'pending'",
  of: "o.channel = 'email'",
  columns: "o.conversation_id, o.status, o.id",
  same: "o.conversation_id = d.conversation_id",
  place: (conversation, status, id) => `(${conversation}, ${status}, ${id})`,
};

// Takes up to p_limit that are due and first in their lines, or parked, or in no line, for p_lease_ms: attempts counted, and
// whether they go out of order: before one that is pending, after one that was sent, or beside one after it that may be on its
// way at this moment (a reply as well where one before it still stands on the stream, or has no way yet). First as
// many rows as are wanted are looked at; where some are behind, larger bites, up to p_bound rows. A row without an id comes
// last where it stopped at that: there is more to be looked at.
//
// Each bite locks what is due (those that others have are passed by), and a statement after it, which sees what was committed
// until then, decides. \`holder\`: the first that stands in the line and is not just being changed, held until the end.
const claim = ({ name, given, pending, of, columns, place, same }: Line) => `
CREATE FUNCTION ${name}(${given}p_limit integer, p_lease_ms float8, p_bound integer)
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
      SELECT t.talk, h.id AS holder, (
        SELECT o.id FROM deliveries o
        WHERE ${of} AND o.parked_at IS NULL AND (${columns}) >= ${place("t.talk", "'pending'", "0")}
        ORDER BY ${columns} LIMIT 1) AS first
      FROM (SELECT DISTINCT c.talk FROM candidates c WHERE c.talk IS NOT NULL) t LEFT JOIN LATERAL (
        SELECT o.id FROM deliveries o
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
        OR coalesce((SELECT ${same} AND o.status = 'sent' FROM deliveries o
                     WHERE ${of} AND (${columns}) > ${place("d.conversation_id", "'sent'", "d.id")}
                     ORDER BY ${columns} LIMIT 1), false)
        OR coalesce((SELECT ${same} AND o.status = 'pending' AND (d.parked_at IS NOT NULL OR o.tried_at IS NOT NULL)
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
