import { type Kysely, sql } from "kysely";

/**
 * What people say to each other at once, in one round trip (src/commands/gathered-posts). Locks: nothing; it makes a
 * function.
 *
 * In one function: a chat message is small, and what it cost was the way to the database and back, seven times (measured).
 * It is VOLATILE: each statement in it has a snapshot of its own, taken when it begins, so that who may write, and what was
 * said before, is read under the locks. It waits for no lock: a conversation that somebody else holds is passed over, and
 * so is all that is not plainly granted; the caller says that by itself, and is told what stands against it.
 *
 * No walks: see fill_agent (0003). Subqueries stand where joins would do, so that each row is found by its key; and they ask
 * for the row, not whether it EXISTS: what EXISTS asks Postgres may answer by reading the whole table into a hash, even where
 * walks are off (18).
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(sayTogether).execute(db);
}

// p_words: [{"message": what is told, but for its id, seq and sent_at; "request_id"}], in the order of asking. A row comes
// back for each; nth counts from 1; message_id is null for what was not said.
const sayTogether = `
CREATE FUNCTION say_together(p_words jsonb)
RETURNS TABLE (nth integer, message_id bigint, message_seq integer, said_at timestamptz, is_thread boolean)
LANGUAGE plpgsql VOLATILE SET enable_seqscan = off SET jit = off AS $$
DECLARE
  talks bigint[];
BEGIN
  -- 1. The conversations' locks: nobody else gets their next seq.
  SELECT array_agg(free.id) INTO talks FROM (
    SELECT c.id FROM conversations c
    WHERE c.id = ANY(ARRAY(SELECT DISTINCT (w->'message'->>'conversation_id')::bigint FROM jsonb_array_elements(p_words) w))
      AND c.kind = 'direct' AND c.deleted_at IS NULL AND c.erased_at IS NULL
    FOR NO KEY UPDATE SKIP LOCKED) free;

  -- 2. Who takes part, was not erased, and did not say it before, says it with the next seq; the conversations are
  --    counted on, and it is told in the order of asking.
  RETURN QUERY
  WITH words AS MATERIALIZED (
    SELECT v.n::integer AS n, v.w->'message' AS message, v.w->>'request_id' AS request,
           (v.w->'message'->>'conversation_id')::bigint AS talk, (v.w->'message'->'sender'->>'id')::bigint AS sender,
           v.w->'message'->>'client_id' AS mark
    FROM jsonb_array_elements(p_words) WITH ORDINALITY AS v(w, n)
  ), looked_at AS MATERIALIZED (
    SELECT words.*,
           talk = ANY(talks)
             AND (SELECT p.user_id FROM participants p
                  WHERE p.conversation_id = talk AND p.user_id = sender AND p.role <> 'agent') IS NOT NULL
             AND (SELECT e.id FROM customers e WHERE e.id = sender AND e.erased_at IS NOT NULL) IS NULL
             AND (SELECT m.id FROM messages m
                  WHERE m.conversation_id = talk AND m.sender_id = sender AND m.client_id = mark) IS NULL AS granted
    FROM words
  ), granted AS MATERIALIZED (
    SELECT l.*, nextval('messages_id_seq') AS id,
           (SELECT c.last_seq FROM conversations c WHERE c.id = l.talk)
             + (row_number() OVER (PARTITION BY l.talk ORDER BY l.n))::integer AS seq
    FROM looked_at l WHERE l.granted
  ), said AS (
    INSERT INTO messages (id, conversation_id, seq, sender_id, text, metadata, client_id)
    SELECT g.id, g.talk, g.seq, g.sender, g.message->>'text', nullif(g.message->'metadata', 'null'), g.mark FROM granted g
  ), counted AS (
    UPDATE conversations c SET last_seq = latest.seq, last_message_at = now()
    FROM (SELECT g.talk, max(g.seq) AS seq FROM granted g GROUP BY g.talk) latest WHERE c.id = latest.talk
  ), told AS (
    INSERT INTO outbox (stream, type, payload, request_id)
    SELECT 'conversation:' || g.talk, 'message:new',
           jsonb_build_object('message', g.message || jsonb_build_object(
             'id', g.id, 'seq', g.seq, 'sent_at', to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))),
           g.request
    FROM granted g ORDER BY g.n
  )
  SELECT l.n, g.id, g.seq, now(), coalesce((SELECT c.kind = 'direct' FROM conversations c WHERE c.id = l.talk), true)
  FROM looked_at l LEFT JOIN granted g ON g.n = l.n ORDER BY l.n;
END $$;
`;
