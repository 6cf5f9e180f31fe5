import { type Kysely, sql } from "kysely";

/**
 * A second wall behind the policy (I8): what customers and participants read is read under a role of its own that row
 * security lets see nothing else. Writers, the replay and the staff's search own the tables and go through no policy:
 * a full-text match under one loses its index (FINDINGS.md). Locks: each guarded table for an instant.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of [viewer, guard, "SELECT guard_reads()"]) await sql.raw(statement).execute(db);
}

// Who takes part is asked past the policy of `participants`, which asks the same.
const viewer = `
CREATE FUNCTION viewer_id() RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT nullif(current_setting('switchboard.viewer', true), '')::bigint
$$;
CREATE FUNCTION viewer_takes_part(conversation bigint) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
  SELECT EXISTS (SELECT FROM participants WHERE conversation_id = conversation AND user_id = viewer_id())
$$;
`;

// The role belongs to the whole server and may be there already, or be made by somebody who may: the database's user
// often may not. So this can be run again; it answers whether the wall stands.
const guard = `
CREATE FUNCTION guard_reads() RETURNS boolean LANGUAGE plpgsql AS $guard$
DECLARE
  guarded record;
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'switchboard_reader') THEN
    BEGIN
      CREATE ROLE switchboard_reader NOLOGIN;
    EXCEPTION
      WHEN duplicate_object OR unique_violation THEN NULL;
      WHEN insufficient_privilege THEN RETURN false;
    END;
  END IF;
  IF NOT pg_has_role(current_user, 'switchboard_reader', 'MEMBER') THEN
    BEGIN
      EXECUTE format('GRANT switchboard_reader TO %I', current_user);
    EXCEPTION WHEN insufficient_privilege THEN RETURN false;
    END;
  END IF;
  EXECUTE format('GRANT USAGE ON SCHEMA %I TO switchboard_reader', current_schema());
  GRANT SELECT (id, name, role) ON users TO switchboard_reader;
  FOR guarded IN SELECT * FROM (VALUES
    ('conversations',  'viewer_takes_part(id)'),
    ('participants',   'viewer_takes_part(conversation_id)'),
    ('messages',       $$kind <> 'note' AND viewer_takes_part(conversation_id)$$),
    ('deliveries',     'viewer_takes_part(conversation_id)'),
    ('tickets',        'customer_id = viewer_id()'),
    ('customers',      'id = viewer_id()'),
    ('urgency_scores', 'EXISTS (SELECT FROM messages m WHERE m.id = message_id)'),
    ('urgency_labels', 'EXISTS (SELECT FROM messages m WHERE m.id = message_id)')
  ) AS t(name, rule) LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', guarded.name);
    EXECUTE format('DROP POLICY IF EXISTS viewer ON %I', guarded.name);
    EXECUTE format('CREATE POLICY viewer ON %I FOR SELECT TO switchboard_reader USING (%s)', guarded.name, guarded.rule);
    EXECUTE format('GRANT SELECT ON %I TO switchboard_reader', guarded.name);
  END LOOP;
  RETURN true;
END $guard$;
`;
