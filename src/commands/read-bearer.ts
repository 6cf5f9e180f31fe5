import type { Standing, TokenMarks } from "../db/queries/read-standing.js";
import { stands } from "../db/queries/read-standing.js";
import { Refusal } from "../domain/errors.js";
import type { Role } from "../domain/policy.js";
import type { AccessClaims } from "../runtime/tokens.js";
import { IssuerAway, type OutsideToken } from "../runtime/tokens-outside.js";
import type { OutsidePerson } from "./admit-outside-user.js";

/** A token whose signature, issuer and expiry were checked: whose it is, and what it is held against. */
export interface Bearer extends TokenMarks {
  userId: number;
  /** What the outside issuer says that the user is; null: the token is ours, and the database alone says it. */
  role: Role | null;
  /** Expiry, seconds since 1970. */
  exp: number;
}

export interface BearerParts {
  /** Throws for a token that is not valid, and `IssuerAway`. */
  verifyToken: (token: string) => Promise<AccessClaims | OutsideToken>;
  /** The user of an outside token, made at first sight; without it there are none. */
  admitOutside?: ((person: OutsidePerson) => Promise<number>) | undefined;
}

/**
 * Whose a token is. Throws `unauthorized` for one that is not valid, `unavailable` when the outside issuer's keys cannot be
 * had, and the database's error when that is away.
 */
export async function readBearer(token: string, { verifyToken, admitOutside }: BearerParts): Promise<Bearer> {
  let claims: AccessClaims | OutsideToken;
  try {
    claims = await verifyToken(token);
  } catch (error) {
    if (error instanceof IssuerAway) {
      throw new Refusal("unavailable", "The keys of the token's issuer cannot be fetched now, try again.");
    }
    throw notValid();
  }
  if (!("outside" in claims)) {
    return { userId: claims.sub, version: claims.tv, session: claims.sid ?? null, role: null, exp: claims.exp };
  }
  if (!admitOutside) throw notValid();
  const userId = await admitOutside(claims);
  return { userId, version: null, session: null, role: claims.role, exp: claims.exp };
}

const notValid = () => new Refusal("unauthorized", "The token is invalid or has expired.");

/**
 * Throws unless the token stands by what is known of its user: `unauthorized` when that is gone or disabled, or the token
 * or its session was revoked; `forbidden` when the outside issuer says another role than the desk knows.
 */
export function requireStanding(bearer: Bearer, standing: Standing | null): asserts standing is Standing {
  if (!standing || !stands(bearer, standing)) throw new Refusal("unauthorized", "The token was revoked.");
  if (bearer.role !== null && bearer.role !== standing.role) {
    throw new Refusal(
      "forbidden",
      `The token says ${bearer.role}, and the desk knows this user as ${standing.role}: an admin has to settle it.`,
    );
  }
}
