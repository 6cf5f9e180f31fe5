import { Refusal } from "../../domain/errors.js";
import type { ApiConfig } from "../dependencies.js";
import { type ApiContext, headerOf } from "../environment.js";
import { isStaticPath } from "../open-paths.js";

const loopbackNames: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** A Host header without its port, lower case. */
function nameOf(host: string): string {
  return host.replace(/:\d*$/, "").toLowerCase();
}

/** Whether an Origin is the very site that the request went to. */
export function isOwnOrigin(origin: string, host: string): boolean {
  return origin === `http://${host}` || origin === `https://${host}`;
}

/** Refuses a Host that is not on ALLOWED_HOSTS; without a list, in the open demo mode, one that is not loopback. */
export function checkHost(c: ApiContext, config: ApiConfig): void {
  if (config.ALLOWED_HOSTS.length === 0 && !config.openDemo) return;
  const name = nameOf(headerOf(c, "host") ?? new URL(c.req.url).host);
  const loopback = loopbackNames.has(name);
  const allowed =
    config.ALLOWED_HOSTS.length === 0 ? loopback : config.ALLOWED_HOSTS.some((host) => nameOf(host) === name);
  if (!allowed || (config.openDemo && !loopback)) {
    throw new Refusal("host_not_allowed", "This host name is not served here.");
  }
}

/**
 * Keeps browsers out of the open demo mode, where no token is asked for (CONTRACT.md 0): a foreign Origin and a
 * cross-site request are refused, except for static files, and for sign-in and calls with a token when the origin is on
 * CORS_ORIGINS. Elsewhere a token is asked for, which no foreign page has.
 */
export function checkOrigin(c: ApiContext, config: ApiConfig): void {
  if (!config.openDemo || isStaticPath(c.req.path)) return;
  const origin = headerOf(c, "origin");
  const crossSite = headerOf(c, "sec-fetch-site") === "cross-site";
  if (origin === undefined && !crossSite) return;
  if (origin !== undefined && !crossSite && isOwnOrigin(origin, headerOf(c, "host") ?? new URL(c.req.url).host)) return;
  const listed = origin !== undefined && config.CORS_ORIGINS.includes(origin);
  const mayCross = c.req.method === "OPTIONS" || c.req.path.startsWith("/api/auth/") || headerOf(c, "authorization");
  if (listed && mayCross) return;
  throw new Refusal("origin_not_allowed", "Calls from other sites are not served here.");
}

/** The headers that let a listed origin read the answer; null for any other. */
export function corsHeaders(c: ApiContext, config: ApiConfig): Record<string, string> | null {
  if (config.CORS_ORIGINS.length === 0) return null;
  const origin = headerOf(c, "origin");
  if (origin === undefined || !config.CORS_ORIGINS.includes(origin)) return null;
  return {
    "access-control-allow-origin": origin,
    "access-control-expose-headers": "X-Request-Id, Retry-After",
    vary: "Origin",
  };
}

/** The answer to a listed origin's question what it may send. */
export const preflightHeaders: Readonly<Record<string, string>> = {
  "access-control-allow-methods": "GET, POST, PUT, PATCH, DELETE",
  "access-control-allow-headers": "Authorization, Content-Type, X-Request-Id, X-Api-Key",
  "access-control-max-age": "600",
};
