import type { Pool, PoolClient } from "pg";

/** The connection whose open transaction holds the keys' locks. */
export type KeyHolder = PoolClient;

/** How long an answer is kept. */
const keptFor = "interval '24 hours'";

/** A call that carries an Idempotency-Key, as the database knows it. */
export interface KeyClaim {
  /** SHA-256 of caller, method, path and key. */
  hash: Buffer;
  /** SHA-256 of query and body. */
  fingerprint: Buffer;
}

/** An answer that is kept for its key. */
export interface KeptAnswer {
  status: number;
  headers: Record<string, string>;
  /** As it was sent; null: it had none. */
  body: string | null;
  sealed: boolean;
}

/** Keys are locked by the first eight bytes of their hash, among all advisory locks. */
const lockOf = (claim: KeyClaim): string => claim.hash.readBigInt64BE(0).toString();

/**
 * Takes the claim's lock until the transaction ends; false at once when another transaction has it. Never waits: a
 * repeated call is told that the first one is still running.
 */
export async function tryLockKey(client: PoolClient, claim: KeyClaim): Promise<boolean> {
  const text = "/* try-lock-key */ SELECT pg_try_advisory_xact_lock($1::bigint) AS locked";
  const { rows } = await client.query<{ locked: boolean }>(text, [lockOf(claim)]);
  return rows[0]?.locked === true;
}

/** What is kept for the claim's key, or null. A statement of its own after the lock: its snapshot sees who had it before. */
export async function readKept(
  client: PoolClient,
  claim: KeyClaim,
): Promise<(KeptAnswer & { sameBody: boolean }) | null> {
  const { rows } = await client.query<KeptAnswer & { fingerprint: Buffer }>(
    `/* read-kept-answer */
     SELECT fingerprint, status, headers, body, sealed FROM idempotency_keys
     WHERE key_hash = $1 AND created_at > now() - ${keptFor}`,
    [claim.hash],
  );
  const row = rows[0];
  if (!row) return null;
  const { fingerprint, ...kept } = row;
  return { ...kept, sameBody: fingerprint.equals(claim.fingerprint) };
}

/** Keeps answers in the transaction of their effects; the caller holds the keys' locks. One that ran out is replaced. */
export async function keepAnswers(
  client: PoolClient,
  answers: readonly { claim: KeyClaim; answer: KeptAnswer }[],
): Promise<void> {
  if (answers.length === 0) return;
  await client.query(
    `/* keep-answers */
     INSERT INTO idempotency_keys (key_hash, fingerprint, status, headers, body, sealed)
     SELECT * FROM unnest($1::bytea[], $2::bytea[], $3::smallint[], $4::jsonb[], $5::text[], $6::boolean[])
     ON CONFLICT (key_hash) DO UPDATE SET fingerprint = excluded.fingerprint, status = excluded.status,
       headers = excluded.headers, body = excluded.body, sealed = excluded.sealed, created_at = now()`,
    [
      answers.map(({ claim }) => claim.hash),
      answers.map(({ claim }) => claim.fingerprint),
      answers.map(({ answer }) => answer.status),
      answers.map(({ answer }) => JSON.stringify(answer.headers)),
      answers.map(({ answer }) => answer.body),
      answers.map(({ answer }) => answer.sealed),
    ],
  );
}

/**
 * Of many claims those whose key is free: nobody has its lock, and nothing is kept for it. They are locked until the
 * transaction ends. Answers their places in `claims`.
 */
export async function claimFreeKeys(client: PoolClient, claims: readonly KeyClaim[]): Promise<Set<number>> {
  const { rows: locked } = await client.query<{ place: number }>(
    `/* lock-free-keys */
     SELECT place FROM unnest($1::bigint[]) WITH ORDINALITY AS t(lock, place) WHERE pg_try_advisory_xact_lock(lock)`,
    [claims.map(lockOf)],
  );
  const { rows: taken } = await client.query<{ key_hash: Buffer }>(
    `/* find-kept-keys */
     SELECT key_hash FROM idempotency_keys
     WHERE key_hash = ANY($1::bytea[]) AND created_at > now() - ${keptFor}`,
    [claims.map((claim) => claim.hash)],
  );
  const kept = new Set(taken.map((row) => row.key_hash.toString("hex")));
  const free = new Set<number>();
  // One transaction may take the same lock twice: of the same key only the first is free.
  for (const { place } of locked.sort((a, b) => a.place - b.place)) {
    const hash = claims[place - 1]?.hash.toString("hex") ?? "";
    if (kept.has(hash)) continue;
    kept.add(hash);
    free.add(place - 1);
  }
  return free;
}

/** Forgets answers that ran out, `max` at most; how many went. */
export async function forgetOldAnswers(client: Pick<Pool, "query">, max: number): Promise<number> {
  const { rowCount } = await client.query(
    `DELETE FROM idempotency_keys WHERE key_hash = ANY(ARRAY(
       SELECT key_hash FROM idempotency_keys WHERE created_at <= now() - ${keptFor} ORDER BY created_at LIMIT $1))`,
    [max],
  );
  return rowCount ?? 0;
}
