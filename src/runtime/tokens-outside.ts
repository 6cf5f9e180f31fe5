import { createLocalJWKSet, createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from "jose";
import { clockSkewS, expiryMaxS, isTokenRole, type TokenRole } from "./token-rules.js";

/** An issuer besides ourselves whose tokens are taken. */
export interface OutsideIssuer {
  issuer: string;
  audience: string;
  /** The claim that names the role: a text, or a list with exactly one role of the desk in it. */
  roleClaim: string;
  /** The claim that a customer's outside id is taken from. */
  userIdClaim: string;
  /** By what it signs: keys at an address (asymmetric algorithms only), or secrets that it shares with us (HS256 only). */
  keys: { jwksUrl: string } | { secrets: readonly string[] };
}

/** What a valid token of the outside issuer says. */
export interface OutsideToken {
  /** Whose it is: the pair is one user. */
  outside: { issuer: string; subject: string };
  role: TokenRole;
  name: string;
  email: string | null;
  /** A customer's outside id; null: it is no customer. */
  userId: string | null;
  /** Expiry, seconds since 1970. */
  exp: number;
}

/** The outside issuer's keys cannot be had now: nothing is wrong with the token, and nothing is known of it. */
export class IssuerAway extends Error {
  override readonly name = "IssuerAway";
}

/** No symmetric one: a public key is known to all, and must never be taken for a shared secret. */
const asymmetric = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
  "Ed25519",
];

const fetchTimeoutMs = 3000;
/** After that the keys are fetched anew. */
const keysMaxAgeMs = 600_000;
/** An unknown `kid` has the keys fetched again at most that often: anybody can make one up. */
const cooldownMs = 30_000;
/** After a failed fetch the next token waits for no other one for so long. */
const awayMs = 1000;

/** Verifies tokens of that issuer; throws `IssuerAway` where the keys are needed and cannot be had. */
export function createOutsideVerifier(outside: OutsideIssuer): (token: string) => Promise<OutsideToken> {
  const { issuer, audience, keys } = outside;
  const claimed = { issuer, audience, clockTolerance: clockSkewS, requiredClaims: ["sub", "exp"] };
  if ("jwksUrl" in keys) {
    const keyOf = remoteKeys(keys.jwksUrl);
    return async (token) => {
      const { payload } = await jwtVerify(token, keyOf, { ...claimed, algorithms: asymmetric });
      return outsideTokenOf(payload, outside);
    };
  }
  const secrets = keys.secrets.map((secret) => new TextEncoder().encode(secret));
  return async (token) => {
    for (const [index, secret] of secrets.entries()) {
      try {
        const { payload } = await jwtVerify(token, secret, { ...claimed, algorithms: ["HS256"] });
        return outsideTokenOf(payload, outside);
      } catch (error) {
        const another = error instanceof errors.JWSSignatureVerificationFailed && index + 1 < secrets.length;
        if (!another) throw error;
      }
    }
    throw new Error("no secret is shared with the issuer");
  };
}

/** jose's key set at an address, which tells a key that is not there from an address that does not answer. */
function remoteKeys(url: string): JWTVerifyGetKey {
  const set = createRemoteJWKSet(new URL(url), {
    timeoutDuration: fetchTimeoutMs,
    cooldownDuration: cooldownMs,
    cacheMaxAge: keysMaxAgeMs,
  });
  let awayUntil = 0;
  return async (header, token) => {
    if (performance.now() < awayUntil) {
      // A key that is known serves on; for any other the address would be asked again, by each token anew.
      const keySet = set.fresh ? set.jwks() : undefined;
      if (!keySet) throw new IssuerAway("the issuer's keys could not be fetched");
      return createLocalJWKSet(keySet)(header, token).catch((cause: unknown) => {
        throw new IssuerAway("the issuer's keys could not be fetched", { cause });
      });
    }
    try {
      return await set(header, token);
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys) throw error;
      awayUntil = performance.now() + awayMs;
      throw new IssuerAway("the issuer's keys cannot be fetched", { cause: error });
    }
  };
}

function outsideTokenOf(payload: JWTPayload, { issuer, roleClaim, userIdClaim }: OutsideIssuer): OutsideToken {
  const { sub: subject = "", exp = 0, name, email } = payload;
  const role = roleOf(payload[roleClaim], roleClaim);
  const userId = role === "customer" ? payload[userIdClaim] : null;
  if (!isOutsideId(subject)) throw new Error("the token's subject is empty, blank, too long or not storable");
  if (userId !== null && !isOutsideId(userId)) throw new Error(`the token's ${userIdClaim} is no id`);
  return {
    outside: { issuer, subject },
    role,
    name: typeof name === "string" && isStorable(name) ? [...name.trim()].slice(0, 200).join("") : "",
    email: typeof email === "string" && isStorable(email) && /^\S{1,64}@\S{1,189}$/.test(email) ? email : null,
    userId,
    exp: Math.min(exp, expiryMaxS),
  };
}

function roleOf(claim: unknown, name: string): TokenRole {
  const named = (Array.isArray(claim) ? claim : [claim]).filter(isTokenRole);
  const [role] = named;
  if (!role || new Set(named).size !== 1) throw new Error(`the token's ${name} names no role, or several`);
  return role;
}

/** No NUL, and no half of a surrogate pair: Postgres takes neither. */
const isStorable = (text: string) => !/\0|\p{Surrogate}/u.test(text);

function isOutsideId(value: unknown): value is string {
  return (
    typeof value === "string" && value === value.trim() && value !== "" && value.length <= 255 && isStorable(value)
  );
}
