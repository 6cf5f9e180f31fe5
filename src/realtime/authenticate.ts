import { Refusal } from "../domain/errors.js";
import type { Actor, Role } from "../domain/policy.js";
import type { AccessClaims } from "../runtime/tokens.js";
import { checkDemoGuard, checkHost, checkOrigin } from "./origin-guard.js";
import type { UpgradeRequest } from "./transport.js";

/** Who holds a socket, and until when. */
export interface Viewer {
  actor: Actor;
  /** When its token ends, ms since 1970; null for a watcher of the open demo, who has none. */
  expiresAtMs: number | null;
}

/** A user as the database knows it now. */
export interface KnownUser {
  role: Role;
  name: string;
  tokenVersion: number;
  disabled: boolean;
}

export interface AuthenticateOptions {
  /** Throws for a token that is not valid. */
  verifyToken: (token: string) => Promise<AccessClaims>;
  /** null: no such user. Rejects when the database is away. */
  readUser: (id: number) => Promise<KnownUser | null>;
  openDemo: boolean;
  allowedHosts: readonly string[];
  allowedOrigins: readonly string[];
}

const noToken = "A valid token is needed: ?token=, or the subprotocol bearer.";

/** The token of an upgrade, and the subprotocol to answer with. An empty one counts as none. */
export function tokenOf(request: UpgradeRequest): { token: string | null; protocol: string | null } {
  const offered = (request.header("sec-websocket-protocol") ?? "").split(",").map((item) => item.trim());
  const bearer = offered.indexOf("bearer");
  const protocol = bearer >= 0 ? "bearer" : null;
  const fromProtocol = bearer >= 0 ? offered.filter((item) => item !== "bearer").at(-1) : undefined;
  const fromHeader = /^Bearer +(\S+)$/i.exec(request.header("authorization") ?? "")?.[1];
  return { token: request.query.get("token") || fromProtocol || fromHeader || null, protocol };
}

/**
 * Who the token's bearer is now: role and name are the database's. Throws a 401 Refusal for a bad, expired or revoked
 * token and for a user that is gone or disabled; rejects with the database's error when that is away.
 */
export async function viewerOf(token: string, options: AuthenticateOptions): Promise<Viewer> {
  let claims: AccessClaims;
  try {
    claims = await options.verifyToken(token);
  } catch {
    throw new Refusal("unauthorized", noToken);
  }
  const user = await options.readUser(claims.sub);
  if (!user || user.disabled || user.tokenVersion !== claims.tv) {
    throw new Refusal("unauthorized", "The token was revoked.");
  }
  return {
    actor: { kind: "user", id: claims.sub, role: user.role, name: user.name },
    expiresAtMs: claims.exp * 1000,
  };
}

/**
 * Who opens a socket: the token's user, or in the open demo mode without a token a watcher, who is nobody's
 * availability. Throws a 403 Refusal for a foreign host or origin, 401 for the token.
 */
export async function authenticate(
  request: UpgradeRequest,
  options: AuthenticateOptions,
): Promise<{ viewer: Viewer; protocol: string | null }> {
  const { token, protocol } = tokenOf(request);
  checkHost(request, options.allowedHosts);
  if (token === null && options.openDemo) {
    checkDemoGuard(request);
    return {
      viewer: { actor: { kind: "demo", id: null, role: "admin", name: "watcher" }, expiresAtMs: null },
      protocol,
    };
  }
  checkOrigin(request, options.allowedOrigins);
  if (token === null) throw new Refusal("unauthorized", noToken);
  return { viewer: await viewerOf(token, options), protocol };
}
