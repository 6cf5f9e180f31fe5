import { type Bearer, type BearerParts, readBearer, requireStanding } from "../commands/read-bearer.js";
import type { Standing } from "../db/queries/read-standing.js";
import { Refusal } from "../domain/errors.js";
import type { Actor } from "../domain/policy.js";
import { checkDemoGuard, checkHost, checkOrigin } from "./origin-guard.js";
import type { UpgradeRequest } from "./transport.js";

/** Who holds a socket, and until when. */
export interface Viewer {
  actor: Actor;
  /** When its token ends, ms since 1970; null for a watcher of the open demo, who has none. */
  expiresAtMs: number | null;
  /** What its token is held against while the socket is open; null: it has none. */
  bearer: Bearer | null;
}

export interface AuthenticateOptions extends BearerParts {
  /** null: no such user. Rejects when the database is away. */
  readUser: (id: number) => Promise<Standing | null>;
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

/** Longest token that is looked at. */
const tokenLengthMax = 4096;

/**
 * Who the token's bearer is now: role and name are the database's. Throws a 401 Refusal for a bad, expired or revoked
 * token and for a user that is gone or disabled, 403 where an outside issuer names another role than the desk, 503 when
 * its keys cannot be had; rejects with the database's error when that is away.
 */
export async function viewerOf(token: string, options: AuthenticateOptions): Promise<Viewer> {
  if (token.length > tokenLengthMax) throw new Refusal("unauthorized", noToken);
  const bearer = await readBearer(token, options);
  const user = await options.readUser(bearer.userId);
  requireStanding(bearer, user);
  // What it is held against from now on is the user as it is now, also where its own token tells no version.
  const held = { ...bearer, version: user.tokenVersion };
  const actor: Actor = { kind: "user", id: user.id, role: user.role, name: user.name };
  return { actor, expiresAtMs: bearer.exp * 1000, bearer: held };
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
      viewer: { actor: { kind: "demo", id: null, role: "admin", name: "watcher" }, expiresAtMs: null, bearer: null },
      protocol,
    };
  }
  checkOrigin(request, options.allowedOrigins);
  if (token === null) throw new Refusal("unauthorized", noToken);
  return { viewer: await viewerOf(token, options), protocol };
}
