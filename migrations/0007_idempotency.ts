import { type Kysely, sql } from "kysely";

/** The answers that are kept for repeated calls (CONTRACT.md 0, Idempotency-Key). Locks nothing that is there. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(keys).execute(db);
}

// The key itself is not kept: its hash is enough to find it, and unseals an answer that holds a secret.
const keys = `
CREATE TABLE idempotency_keys (
  -- SHA-256 of caller, method, path and key.
  key_hash    bytea PRIMARY KEY CHECK (octet_length(key_hash) = 32),
  -- SHA-256 of query and body: the same key with another one is a mistake.
  fingerprint bytea NOT NULL CHECK (octet_length(fingerprint) = 32),
  status      smallint NOT NULL CHECK (status BETWEEN 200 AND 499),
  -- The answer's own headers, and its body as it was sent; null: it had none.
  headers     jsonb NOT NULL DEFAULT '{}',
  body        text,
  -- The body is sealed with the key.
  sealed      boolean NOT NULL DEFAULT false,
  created_at  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at);
`;
