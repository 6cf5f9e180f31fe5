import { createHash } from "node:crypto";
import { decodeJwt, jwtVerify, SignJWT } from "jose";
import { clockSkewS, expiryMaxS, isTokenRole, type TokenRole } from "./token-rules.js";
import { createOutsideVerifier, type OutsideIssuer, type OutsideToken } from "./tokens-outside.js";

/** What an access token of ours says. */
export interface AccessClaims {
  /** The user's id. */
  sub: number;
  role: TokenRole;
  name: string;
  /** The user's token version when it was signed; an older one is revoked. */
  tv: number;
  /** The session that it belongs to, and ends with; an operator's own has none. */
  sid?: string;
  /** Expiry, seconds since 1970. */
  exp: number;
}

export interface Tokens {
  /** Signs an access token that lives `ttlS` seconds (default: ACCESS_TTL_S). */
  sign(claims: Omit<AccessClaims, "exp">, ttlS?: number): Promise<string>;
  /**
   * What a valid token says: one of ours, or of the outside issuer. Throws `IssuerAway` when the outside issuer's keys
   * cannot be had now, and any other error for a bad signature, another algorithm, another issuer or audience, a `kid`
   * that is none, or one that expired.
   */
  verify(token: string): Promise<AccessClaims | OutsideToken>;
}

export interface TokensOptions {
  /** Signs, and verifies. */
  secret: string;
  accessTtlS: number;
  /** Only verify: those that signed before. */
  previousSecrets?: readonly string[];
  /** Whose tokens are taken besides ours. */
  outside?: OutsideIssuer | undefined;
}

/** The issuer and the audience of our own tokens. */
export const ownIssuer = "switchboard";

const algorithm = "HS256";
/** The name of a secret, as the `kid` of a token's header has it: tells which one signed, and nothing else of it. */
export function keyIdOf(secret: string): string {
  return createHash("sha256").update(`switchboard kid ${secret}`).digest("base64url").slice(0, 8);
}

/**
 * Access tokens. Ours: HS256 only, issuer and audience pinned; the header's `kid` chooses the secret, the current one or
 * one that signed before, and a token without `kid` is tried with the current one. Another issuer's are verified by what
 * is set for it, never by our rules; a token's own word for its algorithm chooses nothing.
 */
export function createTokens({ secret, accessTtlS, previousSecrets = [], outside }: TokensOptions): Tokens {
  const encode = (text: string) => new TextEncoder().encode(text);
  const kid = keyIdOf(secret);
  const key = encode(secret);
  const keys = new Map([...previousSecrets, secret].map((each) => [keyIdOf(each), encode(each)]));
  const verifyOutside = outside && createOutsideVerifier(outside);

  async function verifyOwn(token: string): Promise<AccessClaims> {
    const { payload } = await jwtVerify(
      token,
      (header) => {
        const found = header.kid === undefined ? key : keys.get(header.kid);
        if (!found) throw new Error("the token's kid is none of ours");
        return found;
      },
      {
        algorithms: [algorithm],
        issuer: ownIssuer,
        audience: ownIssuer,
        clockTolerance: clockSkewS,
        requiredClaims: ["sub", "exp"],
      },
    );
    const sub = /^\d{1,16}$/.test(payload.sub ?? "") ? Number(payload.sub) : Number.NaN;
    const { role, name, tv, sid, exp = 0 } = payload;
    if (!Number.isSafeInteger(sub) || !isTokenRole(role)) throw new Error("the token names no user or no known role");
    return {
      sub,
      role,
      name: typeof name === "string" ? name : "",
      tv: typeof tv === "number" ? tv : 0,
      ...(typeof sid === "string" ? { sid } : {}),
      exp: Math.min(exp, expiryMaxS),
    };
  }

  return {
    sign: ({ sub, role, name, tv, sid }, ttlS = accessTtlS) =>
      new SignJWT({ role, name, tv, ...(sid === undefined ? {} : { sid }) })
        .setProtectedHeader({ alg: algorithm, kid })
        .setSubject(String(sub))
        .setIssuer(ownIssuer)
        .setAudience(ownIssuer)
        .setIssuedAt()
        .setExpirationTime(Math.floor(Date.now() / 1000) + ttlS)
        .sign(key),
    verify: async (token) => {
      if (!verifyOutside) return verifyOwn(token);
      // Which rules it is held to follows from its issuer alone; they check that issuer again, signed.
      return decodeJwt(token).iss === ownIssuer ? verifyOwn(token) : verifyOutside(token);
    },
  };
}
