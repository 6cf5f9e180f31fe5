import { LRUCache } from "lru-cache";
import { admitOutsideUser } from "../../commands/admit-outside-user.js";
import { type Bearer, readBearer, requireStanding } from "../../commands/read-bearer.js";
import type { Database } from "../../db/database.js";
import { findApiKey, noteKeyUse } from "../../db/queries/read-api-key.js";
import { readStanding, type Standing, stands } from "../../db/queries/read-standing.js";
import { Refusal } from "../../domain/errors.js";
import { keyScopes } from "../../domain/policy.js";
import type { Tokens } from "../../runtime/tokens.js";
import { type Caller, callerOf } from "../caller.js";
import { type ApiContext, headerOf } from "../environment.js";

/** Verified tokens that are remembered, and users and keys whose state is. */
const tokensMax = 10_000;
const statesMax = 10_000;
/** How long a revoked token, a disabled user or a revoked key may still be let in where nobody said so, ms. */
const stateTtlMs = 2000;
/** Longest token that is looked at; ours have about 400 characters. */
const tokenLengthMax = 4096;
const skewS = 5;

/** Finds out who calls by what the request shows. */
export interface Authenticator {
  /** The caller of a Bearer token; null when there is no token. Throws `unauthorized` for one that does not stand. */
  byToken(c: ApiContext): Promise<Caller | null>;
  /** The caller of an access token, however it came. Throws `unauthorized` for one that does not stand. */
  byAccessToken(token: string): Promise<Caller>;
  /** The caller of an X-Api-Key; null when there is none. Throws `unauthorized` for one that is unknown or revoked. */
  byApiKey(c: ApiContext): Promise<Caller | null>;
  /** What is known of a user has changed: the next call reads it. */
  forget(userId: number): void;
}

const refused = () => new Refusal("unauthorized", "The token is missing, invalid, expired or revoked.");

/**
 * Checks tokens and keys. A token's signature is checked once; whether its user still stands is asked of the database
 * every two seconds at most, and once for many requests at a time. `capacity` is a new agent's, where an outside issuer
 * sends one.
 */
export function createAuthenticator(db: Database, tokens: Tokens, capacity: number): Authenticator {
  const verified = new LRUCache<string, Bearer>({ max: tokensMax });
  const users = new LRUCache<number, { standing: Standing | null }>({
    max: statesMax,
    ttl: stateTtlMs,
    // Who waits for a read while it is forgotten is answered by it, and it is not remembered.
    ignoreFetchAbort: true,
    fetchMethod: async (id) => ({ standing: await readStanding(db.kysely, id) }),
  });
  /** Sessions that have ended: none comes back, so of their tokens none is worth another look at the database. */
  const ended = new LRUCache<string, true>({ max: statesMax });
  const keys = new LRUCache<string, { caller: Caller | null }>({
    max: statesMax,
    ttl: stateTtlMs,
    fetchMethod: async (key) => ({ caller: await callerOfKey(db, key) }),
  });
  const parts = {
    verifyToken: tokens.verify,
    admitOutside: (person: Parameters<typeof admitOutsideUser>[1]) => admitOutsideUser({ db, capacity }, person),
  };

  async function bearerOf(token: string): Promise<Bearer> {
    const known = verified.get(token);
    if (known) {
      if (known.exp + skewS > Date.now() / 1000) return known;
      verified.delete(token);
      throw refused();
    }
    const bearer = await readBearer(token, parts);
    verified.set(token, bearer);
    return bearer;
  }

  /** The user's standing; read anew where a token may only seem revoked, because it is younger than what is remembered. */
  async function standingOf(bearer: Bearer): Promise<Standing | null> {
    const known = (await users.fetch(bearer.userId))?.standing ?? null;
    if (!known || stands(bearer, known) || !maybeYounger(bearer, known)) return known;
    const standing = await readStanding(db.kysely, bearer.userId);
    users.set(bearer.userId, { standing });
    if (bearer.session !== null && !standing?.sessions.includes(bearer.session)) ended.set(bearer.session, true);
    return standing;
  }

  /** An older version never comes back, nor does a session that is known to have ended. */
  function maybeYounger({ version, session }: Bearer, known: Standing): boolean {
    if (version === null || version < known.tokenVersion) return false;
    return session === null ? version > known.tokenVersion : !ended.has(session);
  }

  async function byAccessToken(token: string): Promise<Caller> {
    if (token.length > tokenLengthMax) throw refused();
    const bearer = await bearerOf(token);
    const standing = await standingOf(bearer);
    requireStanding(bearer, standing);
    return callerOf(standing, "user");
  }

  return {
    byAccessToken,
    byToken: async (c) => {
      const header = headerOf(c, "authorization");
      if (header === undefined) return null;
      const token = /^Bearer +(\S+) *$/i.exec(header)?.[1];
      if (!token) throw refused();
      return byAccessToken(token);
    },
    byApiKey: async (c) => {
      const key = headerOf(c, "x-api-key");
      if (key === undefined) return null;
      const caller = key.length > 200 ? null : (await keys.fetch(key))?.caller;
      if (!caller) throw new Refusal("unauthorized", "The API key is unknown or revoked.");
      return caller;
    },
    forget: (userId) => void users.delete(userId),
  };
}

/** A key's caller, by the scopes that the desk knows. That it is used is written beside the call, which does not wait. */
async function callerOfKey(db: Database, key: string): Promise<Caller | null> {
  const found = await findApiKey(db.kysely, key);
  if (!found) return null;
  if (found.useIsOld) void noteKeyUse(db.kysely, found.id).catch(() => undefined);
  const scopes = keyScopes.filter((scope) => found.scopes.includes(scope));
  return { actor: { kind: "api_key", id: null, role: "customer", name: found.name, scopes }, userId: null };
}
