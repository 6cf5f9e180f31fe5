import { type Kysely, sql } from "kysely";

/**
 * The audit log: who did what to whom, with what the act was about before and after. And what the erasure of a customer
 * needs to be found again when it is interrupted.
 * Locks: customers and conversations for an instant each (a column without a default rewrites nothing); events against
 * writes while the index is built (about ten seconds a million events).
 *
 * Rows of the audit log are only ever added: a trigger refuses UPDATE, DELETE and TRUNCATE to everybody, the owner of the
 * table too, and fires for replicas (`ENABLE ALWAYS`). So nothing in a row may have to go one day: no text of a customer,
 * no secret (src/commands/audit.ts sees to it), and no foreign key, since a row outlives what it names.
 *
 * They are kept for good, in one table without partitions: a row is 200 to 400 bytes and one act of a person. A thousand
 * acts a day come to 0.4 GB with indexes in three years, and no query walks them: each filter of the list has its index, in
 * the order of the list. Who must cut the log off does so by hand, as the table's owner, in one transaction: ALTER TABLE
 * audit_log DISABLE TRIGGER audit_log_append_only; DELETE …; ALTER TABLE audit_log ENABLE ALWAYS TRIGGER …
 *
 * `at` has milliseconds, as cursors and answers have: a place in the list is exact.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of [auditLog, erasure]) await sql.raw(statement).execute(db);
}

const auditLog = `
CREATE TABLE audit_log (
  id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at           timestamptz(3) NOT NULL DEFAULT now(),
  actor_kind   text NOT NULL CHECK (actor_kind IN ('user', 'api_key', 'metrics', 'demo', 'cli', 'system')),
  actor_id     bigint,
  actor_name   text NOT NULL CHECK (length(actor_name) <= 200),
  action       text NOT NULL CHECK (action ~ '^[a-z_]+[.][a-z_]+$' AND length(action) <= 50),
  subject_kind text NOT NULL CHECK (length(subject_kind) BETWEEN 1 AND 50),
  subject_id   text CHECK (length(subject_id) BETWEEN 1 AND 100),
  before       jsonb CHECK (jsonb_typeof(before) = 'object'),
  after        jsonb CHECK (jsonb_typeof(after) = 'object'),
  request_id   text
);
CREATE INDEX audit_log_at ON audit_log (at, id);
CREATE INDEX audit_log_actor_id ON audit_log (actor_id, at, id) WHERE actor_id IS NOT NULL;
CREATE INDEX audit_log_actor_name ON audit_log (actor_name, at, id);
CREATE INDEX audit_log_action ON audit_log (action, at, id);
CREATE INDEX audit_log_subject ON audit_log (subject_kind, subject_id, at, id);
CREATE INDEX audit_log_request ON audit_log (request_id, at, id) WHERE request_id IS NOT NULL;

CREATE FUNCTION audit_log_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'audit_log is append-only: % refused', TG_OP USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
  FOR EACH STATEMENT EXECUTE FUNCTION audit_log_refuse();
ALTER TABLE audit_log ENABLE ALWAYS TRIGGER audit_log_append_only;
`;

// A conversation that was erased takes no word any more; the mark is on the row that whoever writes into it locks.
// `done_through`: its conversations up to this id are erased. `scrubbed_seq`: where the log stood when nothing of the
// customer was left in it; once all up to there is published, no copy of it is under way any more.
const erasure = `
ALTER TABLE customers ADD COLUMN erased_at timestamptz;
ALTER TABLE conversations ADD COLUMN erased_at timestamptz;
CREATE TABLE erasures (
  customer_id  bigint PRIMARY KEY REFERENCES customers ON DELETE CASCADE,
  request_id   text,
  begun_at     timestamptz NOT NULL DEFAULT now(),
  touched_at   timestamptz NOT NULL DEFAULT now(),
  done_through bigint NOT NULL DEFAULT 0,
  scrubbed_seq bigint,
  finished_at  timestamptz
);
CREATE INDEX erasures_unfinished ON erasures (touched_at) WHERE finished_at IS NULL;
-- An event of \`agents\` by the ticket that it tells of; on the parent, so that each day's partition gets its own.
CREATE INDEX events_told ON events (((payload->>'message_id')::bigint)) WHERE type = 'message_new';
`;
