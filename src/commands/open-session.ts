import { createHash, randomBytes, randomUUID } from "node:crypto";
import type { Database, Tx } from "../db/database.js";
import { insertSession, type SessionUser } from "../db/queries/sessions.js";
import type { Role } from "../domain/policy.js";
import type { Tokens } from "../runtime/tokens.js";

/** What opens and renews sessions. */
export interface SessionContext {
  db: Database;
  tokens: Tokens;
  /** How long a session lives unused, s. */
  refreshTtlS: number;
  /** Sessions that one user may have; one more ends the one that is unused longest. */
  sessionsMax: number;
}

/** A session as its owner is shown it. */
export interface OpenedSession {
  access: string;
  refresh: string;
  user: { id: number; email: string | null; name: string; role: Role };
}

const secretBytes = 32;
const tokenPattern = /^([0-9a-f]{32})\.[\w-]{43}$/;

/** A refresh token: its session's id, and 256 random bits. */
export function newRefreshToken(familyId: string): string {
  return `${familyId.replaceAll("-", "")}.${randomBytes(secretBytes).toString("base64url")}`;
}

/** How a refresh token is kept: its SHA-256. */
export function refreshTokenHash(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}

/** The session that a refresh token names; null for one that names none (those of before did not). */
export function familyOf(token: string): string | null {
  return tokenPattern.exec(token)?.[1] ?? null;
}

/** Opens a session for a user whom the caller has locked (`lockSessionUser`). */
export async function openSession(ctx: SessionContext, tx: Tx, user: SessionUser): Promise<OpenedSession> {
  const familyId = randomUUID();
  const refresh = newRefreshToken(familyId);
  const row = { familyId, userId: user.id, tokenHash: refreshTokenHash(refresh) };
  await insertSession(tx, row, ctx.refreshTtlS, ctx.sessionsMax);
  return presentSession(ctx, user, familyId, refresh);
}

/** The session with an access token that ends with it. */
export async function presentSession(
  ctx: SessionContext,
  user: SessionUser,
  familyId: string,
  refresh: string,
): Promise<OpenedSession> {
  const { id, email, name, role, tokenVersion } = user;
  const access = await ctx.tokens.sign({ sub: id, role, name, tv: tokenVersion, sid: familyId });
  return { access, refresh, user: { id, email, name, role } };
}
