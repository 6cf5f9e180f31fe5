import { jwtVerify, SignJWT } from "jose";

/** What an access token says. */
export interface AccessClaims {
  /** The user's id. */
  sub: number;
  role: "admin" | "agent" | "customer";
  name: string;
  /** The user's token version when it was signed; an older one is revoked. */
  tv: number;
  /** Expiry, seconds since 1970. */
  exp: number;
}

export interface Tokens {
  /** Signs an access token that lives `ttlS` seconds (default: ACCESS_TTL_S). */
  sign(claims: Omit<AccessClaims, "exp">, ttlS?: number): Promise<string>;
  /** The claims of a valid token; throws for a bad signature, another algorithm, another issuer, or one that expired. */
  verify(token: string): Promise<AccessClaims>;
}

const issuer = "switchboard";
const algorithm = "HS256";
const knownRoles = new Set(["admin", "agent", "customer"]);

/** Access tokens: HS256 only, issuer and audience pinned, 5 s of clock skew allowed. */
export function createTokens(options: { secret: string; accessTtlS: number }): Tokens {
  const key = new TextEncoder().encode(options.secret);
  return {
    sign: ({ sub, role, name, tv }, ttlS = options.accessTtlS) =>
      new SignJWT({ role, name, tv })
        .setProtectedHeader({ alg: algorithm })
        .setSubject(String(sub))
        .setIssuer(issuer)
        .setAudience(issuer)
        .setIssuedAt()
        .setExpirationTime(Math.floor(Date.now() / 1000) + ttlS)
        .sign(key),
    verify: async (token) => {
      const { payload } = await jwtVerify(token, key, {
        algorithms: [algorithm],
        issuer,
        audience: issuer,
        clockTolerance: 5,
        requiredClaims: ["sub", "exp"],
      });
      const sub = /^\d{1,16}$/.test(payload.sub ?? "") ? Number(payload.sub) : Number.NaN;
      const { role, name, tv, exp } = payload;
      if (!Number.isSafeInteger(sub) || typeof role !== "string" || !knownRoles.has(role)) {
        throw new Error("the token names no user or no known role");
      }
      return {
        sub,
        role: role as AccessClaims["role"],
        name: typeof name === "string" ? name : "",
        tv: typeof tv === "number" ? tv : 0,
        exp: exp ?? 0,
      };
    },
  };
}
