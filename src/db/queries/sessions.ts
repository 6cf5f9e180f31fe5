import { sql } from "kysely";
import type { Executor, Tx } from "../database.js";

/** What of a user goes into its tokens. */
export interface SessionUser {
  id: number;
  email: string | null;
  name: string;
  role: "admin" | "agent" | "customer";
  tokenVersion: number;
}

/**
 * Locks a user who may sign in, and reads it as it is now; null when it is gone, disabled, or its token version is not
 * `tokenVersion` any more. Whoever disables it or sets its password holds the same lock: no session is opened past that.
 */
export async function lockSessionUser(tx: Tx, userId: number, tokenVersion?: number): Promise<SessionUser | null> {
  const { rows } = await sql<SessionUser>`
    SELECT id, email, name, role, token_version AS "tokenVersion" FROM users
    WHERE id = ${userId} AND disabled_at IS NULL FOR NO KEY UPDATE`.execute(tx);
  const user = rows[0];
  return user && (tokenVersion === undefined || user.tokenVersion === tokenVersion) ? user : null;
}

/** A session as it is kept: by the hash of its one good refresh token. */
export interface SessionRow {
  familyId: string;
  userId: number;
  tokenHash: Buffer;
}

/** Stores a session, and ends those of the user that ran out or are one too many: the ones unused longest. */
export async function insertSession(tx: Tx, session: SessionRow, ttlS: number, sessionsMax: number): Promise<void> {
  const { familyId, userId, tokenHash } = session;
  await sql`
    DELETE FROM refresh_tokens
    WHERE user_id = ${userId} AND (expires_at <= now() OR family_id NOT IN (
      SELECT family_id FROM refresh_tokens WHERE user_id = ${userId} AND expires_at > now()
      ORDER BY renewed_at DESC, family_id LIMIT ${sessionsMax - 1}))`.execute(tx);
  await sql`
    INSERT INTO refresh_tokens (family_id, token_hash, user_id, expires_at)
    VALUES (${familyId}::uuid, ${tokenHash}, ${userId}, now() + make_interval(secs => ${ttlS}))`.execute(tx);
}

/**
 * Puts another good token in the place of the one with that hash, which from then on is a used one; false when it is none
 * any more. The caller has locked the user (`lockSessionUser`), and so whoever else renews or ends this session waits.
 */
export async function renewSession(
  tx: Tx,
  change: { familyId: string; from: Buffer; to: Buffer; ttlS: number },
): Promise<boolean> {
  const { rows } = await sql`
    UPDATE refresh_tokens SET token_hash = ${change.to}, renewed_at = now(),
                              expires_at = now() + make_interval(secs => ${change.ttlS})
    WHERE family_id = ${change.familyId}::uuid AND token_hash = ${change.from} RETURNING 1`.execute(tx);
  return rows.length > 0;
}

/** Ends a session, of that user only where one is told; whose it was, or null. */
export async function deleteSession(db: Executor, familyId: string, userId?: number): Promise<number | null> {
  const { rows } = await sql<{ userId: number }>`
    DELETE FROM refresh_tokens
    WHERE family_id = ${familyId}::uuid AND (${userId ?? null}::bigint IS NULL OR user_id = ${userId ?? null})
    RETURNING user_id AS "userId"`.execute(db);
  return rows[0]?.userId ?? null;
}

/** The session whose good token has that hash; null when there is none. */
export async function findSession(
  db: Executor,
  tokenHash: Buffer,
): Promise<{ familyId: string; userId: number; expired: boolean } | null> {
  const { rows } = await sql<{ familyId: string; userId: number; expired: boolean }>`
    SELECT family_id AS "familyId", user_id AS "userId", expires_at <= now() AS expired FROM refresh_tokens
    WHERE token_hash = ${tokenHash}`.execute(db);
  return rows[0] ?? null;
}

/** Ends all sessions of a user. */
export async function deleteSessions(db: Executor, userId: number): Promise<void> {
  await sql`DELETE FROM refresh_tokens WHERE user_id = ${userId}`.execute(db);
}

/** Forgets sessions that ran out, `max` at most; how many went. */
export async function forgetOldSessions(db: Executor, max: number): Promise<number> {
  const { numAffectedRows } = await sql`
    DELETE FROM refresh_tokens WHERE family_id = ANY(ARRAY(
      SELECT family_id FROM refresh_tokens WHERE expires_at <= now() ORDER BY expires_at LIMIT ${max}))`.execute(db);
  return Number(numAffectedRows ?? 0);
}
