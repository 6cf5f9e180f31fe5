import { type Kysely, sql } from "kysely";

/**
 * What agents answer at once, in one round trip (src/commands/gathered-replies). Locks: nothing; it makes a function.
 *
 * A reply alone is five round trips, and the sixth part of all that the desk does at 200 messages a second (measured). As
 * say_together (0019) it is VOLATILE, so that each statement sees what the locks before it let it see; it waits for no
 * lock, and what is not plainly granted it leaves to the caller. Conversations are locked before tickets (DESIGN.md 7).
 * No walks: rows are looked up by = ANY(ARRAY(…)), and by a LATERAL of one row.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(replyTogether).execute(db);
}

// p_replies: [{"ticket_id", "agent_id", "version": null or the one that was seen, "message": what is told, but for what is
// found here, "request_id"}], in the order of asking, no ticket twice. A row comes back for each; nth counts from 1.
const replyTogether = `
CREATE FUNCTION reply_together(p_replies jsonb) RETURNS TABLE (nth integer, replied boolean)
LANGUAGE plpgsql VOLATILE SET enable_seqscan = off SET jit = off AS $$
DECLARE
  wanted bigint[] := ARRAY(SELECT (r->>'ticket_id')::bigint FROM jsonb_array_elements(p_replies) r);
  talks  bigint[];
  locked bigint[];
BEGIN
  -- 1. The locks: conversations, then tickets.
  SELECT array_agg(free.id) INTO talks FROM (
    SELECT c.id FROM conversations c
    WHERE c.id = ANY(ARRAY(SELECT t.conversation_id FROM tickets t WHERE t.id = ANY(wanted))) AND c.erased_at IS NULL
    FOR NO KEY UPDATE SKIP LOCKED) free;
  SELECT array_agg(free.id) INTO locked FROM (
    SELECT t.id FROM tickets t WHERE t.id = ANY(wanted) FOR NO KEY UPDATE SKIP LOCKED) free;

  -- 2. Only the owner's reply is accepted, and only of the version that it saw (I6). A conversation has one open ticket at
  --    most, so each reply has the next seq of its own.
  RETURN QUERY
  WITH asked AS MATERIALIZED (
    SELECT v.n::integer AS n, (v.r->>'ticket_id')::bigint AS ticket, (v.r->>'agent_id')::bigint AS agent,
           (v.r->>'version')::integer AS seen, v.r->'message' AS message, v.r->>'request_id' AS request
    FROM jsonb_array_elements(p_replies) WITH ORDINALITY AS v(r, n)
  ), granted AS MATERIALIZED (
    SELECT a.*, held.*, nextval('messages_id_seq') AS id, nextval('deliveries_id_seq') AS delivery
    FROM asked a CROSS JOIN LATERAL (
      SELECT t.conversation_id AS talk, t.queue, t.version + 1 AS version,
             (SELECT c.last_seq + 1 FROM conversations c WHERE c.id = t.conversation_id) AS seq,
             jsonb_build_object('id', a.agent, 'name', (SELECT u.name FROM users u WHERE u.id = a.agent)) AS owner
      FROM tickets t
      WHERE t.id = a.ticket AND t.id = ANY(locked) AND t.conversation_id = ANY(talks)
        AND t.status = 'in_progress' AND t.assignee_id = a.agent AND (a.seen IS NULL OR t.version = a.seen)
      LIMIT 1) held
  ), said AS (
    INSERT INTO messages (id, conversation_id, seq, sender_id, text)
    SELECT g.id, g.talk, g.seq, g.agent, g.message->>'text' FROM granted g
  ), counted AS (
    UPDATE conversations c SET last_seq = c.last_seq + 1, last_message_at = now()
    WHERE c.id = ANY(ARRAY(SELECT g.talk FROM granted g))
  ), answered AS (
    UPDATE tickets t SET reply_message_id = (SELECT g.id FROM granted g WHERE g.ticket = t.id),
           first_unanswered_at = NULL, follow_ups = 0, updated_at = now(), version = t.version + 1,
           status = 'closed', closed_at = now(), snoozed_until = NULL
    WHERE t.id = ANY(ARRAY(SELECT g.ticket FROM granted g))
  ), remembered AS (
    INSERT INTO assignments (ticket_id, from_agent, why, version, request_id)
    SELECT g.ticket, g.agent, 'reply', g.version, g.request FROM granted g
  ), planned AS (
    INSERT INTO deliveries (id, message_id, ticket_id, conversation_id, channel)
    SELECT g.delivery, g.id, g.ticket, g.talk, 'socket' FROM granted g
  ), told AS (
    INSERT INTO outbox (stream, type, payload, request_id, stage, subject_id)
    SELECT e.stream, e.type, e.payload, g.request, e.stage, e.subject
    FROM granted g CROSS JOIN LATERAL (VALUES
      (1, 'conversation:' || g.talk, 'message:new',
       jsonb_build_object('message', g.message || jsonb_build_object(
         'id', g.id, 'conversation_id', g.talk, 'seq', g.seq, 'sender', g.message->'sender' || g.owner,
         'sent_at', to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))), 'deliver', g.delivery),
      (2, 'agents', 'message_update',
       jsonb_build_object('message_id', g.ticket, 'status', 'closed', 'assigned_to', g.agent, 'version', g.version,
                          'reason', 'reply', 'queue', g.queue), 'assign', g.ticket),
      (3, 'conversation:' || g.talk, 'ticket',
       jsonb_build_object('ticket_id', g.ticket, 'status', 'closed', 'assigned_to', g.owner, 'version', g.version),
       NULL, NULL)
    ) AS e(place, stream, type, payload, stage, subject)
    ORDER BY g.n, e.place
  )
  SELECT a.n, g.id IS NOT NULL FROM asked a LEFT JOIN granted g ON g.n = a.n;
END $$;
`;
