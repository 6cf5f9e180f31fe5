import { type Kysely, sql } from "kysely";

/**
 * Who somebody is: subjects of an outside issuer, sessions whose refresh tokens are known again when they are used twice,
 * and what an API key may do.
 * Locks: users, refresh_tokens and api_keys while their columns and indexes are made; refresh_tokens is written anew (a
 * row for each session), the others are not.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of [people, sessions, keys]) await sql.raw(statement).execute(db);
}

// A subject of an outside issuer is one user, however many of its calls come first at once. `deleted_at`: for good; a
// user that is only disabled can be enabled again.
const people = `
ALTER TABLE users
  ADD COLUMN external_issuer text CHECK (length(external_issuer) BETWEEN 1 AND 500),
  ADD COLUMN external_subject text CHECK (length(external_subject) BETWEEN 1 AND 255),
  ADD COLUMN deleted_at timestamptz,
  ADD CONSTRAINT users_external CHECK ((external_issuer IS NULL) = (external_subject IS NULL)),
  ADD CONSTRAINT users_deleted CHECK (deleted_at IS NULL OR disabled_at IS NOT NULL);
CREATE UNIQUE INDEX users_external_subject ON users (external_issuer, external_subject)
  WHERE external_subject IS NOT NULL;
`;

// One row a session, which holds the hash of the one refresh token that is good now. A token names its session: one of
// a session that is there, but not the good one, was used before. Nothing of the used ones has to be kept.
const sessions = `
DELETE FROM refresh_tokens WHERE used_at IS NOT NULL OR expires_at <= now();
ALTER TABLE refresh_tokens
  ADD COLUMN family_id uuid NOT NULL DEFAULT gen_random_uuid(),
  ADD COLUMN renewed_at timestamptz NOT NULL DEFAULT now(),
  DROP COLUMN used_at,
  DROP CONSTRAINT refresh_tokens_pkey,
  ADD PRIMARY KEY (family_id),
  ADD CONSTRAINT refresh_tokens_hash UNIQUE (token_hash);
UPDATE refresh_tokens SET renewed_at = created_at;
CREATE INDEX refresh_tokens_expiry ON refresh_tokens (expires_at);
`;

const keys = `
ALTER TABLE api_keys
  ADD COLUMN scopes text[] NOT NULL DEFAULT '{messages:write}' CHECK (cardinality(scopes) BETWEEN 1 AND 20);
`;
