import { LRUCache } from "lru-cache";
import type { Database } from "../../db/database.js";
import { findApiKey } from "../../db/queries/read-api-key.js";
import { readUserState, type UserState } from "../../db/queries/read-users.js";
import { Refusal } from "../../domain/errors.js";
import type { AccessClaims, Tokens } from "../../runtime/tokens.js";
import { type Caller, callerOf } from "../caller.js";
import { type ApiContext, headerOf } from "../environment.js";

/** Verified tokens that are remembered, and users and keys whose state is. */
const tokensMax = 10_000;
const statesMax = 10_000;
/** How long a revoked token, a disabled user or a revoked key may still be let in, ms. */
const stateTtlMs = 2000;
/** Longest token that is looked at; ours have about 300 characters. */
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
}

const refused = () => new Refusal("unauthorized", "The token is missing, invalid, expired or revoked.");

/**
 * Checks tokens and keys. A token's signature is checked once; whether its user still stands is asked of the database
 * every two seconds at most, and once for many requests at a time.
 */
export function createAuthenticator(db: Database, tokens: Tokens): Authenticator {
  const verified = new LRUCache<string, AccessClaims>({ max: tokensMax });
  const users = new LRUCache<number, { state: UserState | null }>({
    max: statesMax,
    ttl: stateTtlMs,
    fetchMethod: async (id) => ({ state: await readUserState(db.kysely, id) }),
  });
  const keys = new LRUCache<string, { caller: Caller | null }>({
    max: statesMax,
    ttl: stateTtlMs,
    fetchMethod: async (key) => ({ caller: await callerOfKey(db, key) }),
  });

  async function claimsOf(token: string): Promise<AccessClaims> {
    const known = verified.get(token);
    if (known) {
      if (known.exp + skewS > Date.now() / 1000) return known;
      verified.delete(token);
      throw refused();
    }
    const claims = await tokens.verify(token).catch(() => {
      throw refused();
    });
    verified.set(token, claims);
    return claims;
  }

  async function byAccessToken(token: string): Promise<Caller> {
    if (token.length > tokenLengthMax) throw refused();
    const claims = await claimsOf(token);
    const state = (await users.fetch(claims.sub))?.state;
    if (!state || state.disabled || state.tokenVersion !== claims.tv) throw refused();
    return callerOf(state, "user");
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
  };
}

async function callerOfKey(db: Database, key: string): Promise<Caller | null> {
  const found = await findApiKey(db.kysely, key);
  if (!found) return null;
  return {
    actor: { kind: "api_key", id: null, role: "customer", name: found.name, scopes: ["messages:write"] },
    userId: null,
  };
}
