import { Refusal } from "../../domain/errors.js";
import { isListedHost, isLoopbackHost } from "../../runtime/host-names.js";
import type { ApiConfig } from "../dependencies.js";
import { type ApiContext, headerOf } from "../environment.js";
import { isStaticPath } from "../open-paths.js";

const hostOf = (c: ApiContext) => headerOf(c, "host") ?? new URL(c.req.url).host;

/** Whether an Origin is the very site that the request went to. */
export function isOwnOrigin(origin: string, host: string): boolean {
  const [from, to] = [origin.toLowerCase(), host.toLowerCase()];
  return from === `http://${to}` || from === `https://${to}`;
}

/**
 * Refuses a Host that is not on ALLOWED_HOSTS; without a list, in the open demo mode, one that is not loopback. A request
 * that names a host in its target as well (`GET http://…`) must name the same one twice.
 */
export function checkHost(c: ApiContext, config: ApiConfig): void {
  const host = hostOf(c);
  const target = c.env?.incoming?.url;
  const named = target === undefined || target.startsWith("/") || new URL(c.req.url).host === host.toLowerCase();
  if (named && isServed(host, config)) return;
  throw new Refusal("host_not_allowed", "This host name is not served here.");
}

function isServed(host: string, { openDemo, ALLOWED_HOSTS: list }: ApiConfig): boolean {
  if (openDemo && !isLoopbackHost(host)) return false;
  return list.length === 0 || isListedHost(host, list);
}

/**
 * Keeps browsers out of the open demo mode, where no token is asked for (CONTRACT.md 0): a foreign Origin, and what a
 * browser says that a page of another site or of another port here has caused, are refused, except for static files,
 * and for sign-in and calls with a token when the origin is on CORS_ORIGINS. Elsewhere a token is asked for, which no
 * foreign page has.
 */
export function checkOrigin(c: ApiContext, config: ApiConfig): void {
  if (!config.openDemo || isStaticPath(c.req.path)) return;
  const origin = headerOf(c, "origin");
  const site = headerOf(c, "sec-fetch-site");
  const foreign = site !== undefined && site !== "same-origin" && site !== "none";
  if (!foreign && (origin === undefined || isOwnOrigin(origin, hostOf(c)))) return;
  const listed = origin !== undefined && config.CORS_ORIGINS.includes(origin);
  const mayCross = c.req.method === "OPTIONS" || c.req.path.startsWith("/api/auth/") || headerOf(c, "authorization");
  if (listed && mayCross) return;
  throw new Refusal("origin_not_allowed", "Calls from other sites are not served here.");
}
