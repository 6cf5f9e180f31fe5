import { type Kysely, sql } from "kysely";

/**
 * Plans of hot statements are kept from when a desk is young, and must be good when it is grown.
 *
 * `fill_agent` looks at tickets that it knows by id. A plan made over a few rows found them in the index of what waits, all
 * of which it then walked at each fill (measured with 4,000 waiting: 5.7 ms of 6); asked in a way that no partial index
 * answers, they are found by their key. `count_unread` was planned anew for each message, which cost as much as its work
 * (0.5 ms). Locks: none that anybody waits for.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of [unread, fill]) await sql.raw(statement).execute(db);
}

const unread = "ALTER FUNCTION count_unread() SET plan_cache_mode = 'force_generic_plan'";

const fill = `
DO $change$
DECLARE
  body text := pg_get_functiondef('fill_agent(bigint, integer, text, text, jsonb)'::regprocedure);
  change record;
BEGIN
  FOR change IN SELECT * FROM (VALUES
    ($$WHERE t.status = 'unassigned' AND (agent_queues = '{}' OR t.queue = ANY(agent_queues))$$,
     $$WHERE t.status || '' = 'unassigned' AND (agent_queues = '{}' OR t.queue = ANY(agent_queues))$$),
    ($$WHERE t.status = 'unassigned' AND t.id <> ALL(own)
        AND t.id = ANY(ARRAY($$,
     $$WHERE t.status || '' = 'unassigned' AND t.id <> ALL(own)
        AND t.id = ANY(ARRAY($$)
  ) AS t(before, after) LOOP
    IF position(change.before IN body) = 0 THEN RAISE EXCEPTION 'fill_agent has no "%"', change.before; END IF;
    body := replace(body, change.before, change.after);
  END LOOP;
  EXECUTE body;
END $change$;
`;
