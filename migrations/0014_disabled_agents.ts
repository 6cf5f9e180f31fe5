import { type Kysely, sql } from "kysely";

/**
 * A disabled agent is given no work, on any path: its own row says so, because that is the one which everybody locks who
 * gives it something. And the `ticket` frames of a fill name their ticket: a conversation may have several, one after the
 * other. Locks: `agents` for an instant. The functions are those of 0009 but for these two places.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of [column, fill]) await sql.raw(statement).execute(db);
}

const column = `
ALTER TABLE agents ADD COLUMN disabled_at timestamptz;
UPDATE agents a SET disabled_at = u.disabled_at FROM users u WHERE u.id = a.id AND u.disabled_at IS NOT NULL;
`;

const fill = `
DO $change$
DECLARE
  body text := pg_get_functiondef('fill_agent(bigint, integer, text, text, jsonb)'::regprocedure);
  change record;
BEGIN
  FOR change IN SELECT * FROM (VALUES
    ('WHERE a.id = p_agent AND a.deleted_at IS NULL', 'WHERE a.id = p_agent AND a.deleted_at IS NULL AND a.disabled_at IS NULL'),
    ($$SELECT 'conversation:' || p.conversation_id, 'ticket',
         jsonb_build_object('status',$$, $$SELECT 'conversation:' || p.conversation_id, 'ticket',
         jsonb_build_object('ticket_id', p.id, 'status',$$)
  ) AS t(before, after) LOOP
    IF position(change.before IN body) = 0 THEN RAISE EXCEPTION 'fill_agent has no "%"', change.before; END IF;
    body := replace(body, change.before, change.after);
  END LOOP;
  EXECUTE body;
END $change$;
`;
