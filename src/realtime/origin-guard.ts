import { Refusal } from "../domain/errors.js";
import { isListedHost, isLoopbackHost } from "../runtime/host-names.js";
import type { UpgradeRequest } from "./transport.js";

/** `host:port` of a browser's Origin; null when it names none ("null", a file). */
function hostOf(origin: string): string | null {
  try {
    return new URL(origin).host.toLowerCase();
  } catch {
    return null;
  }
}

/** Whether a browser's page may open a socket here: it came from this very host and port, or its origin is listed. */
function isKnown(origin: string, host: string, allowed: readonly string[]): boolean {
  if (hostOf(origin) === host.toLowerCase()) return true;
  return allowed.some((item) => item.replace(/\/$/, "").toLowerCase() === origin.toLowerCase());
}

/**
 * Keeps other sites' pages from opening sockets in a user's name (CONTRACT.md 5): a browser's Origin must be the own
 * one or be listed. What sends no Origin is no browser. Throws a 403 Refusal.
 */
export function checkOrigin(request: UpgradeRequest, allowed: readonly string[]): void {
  const origin = request.header("origin");
  if (origin === undefined || isKnown(origin, request.header("host") ?? "", allowed)) return;
  throw new Refusal("origin_not_allowed", "This origin may not open sockets here.");
}

/**
 * The browser guard of the open demo mode, for sockets without a token (CONTRACT.md 0): Host must be loopback, so that
 * no outside name can be pointed at it, and a page must come from here: not from another site, nor from another port.
 * Throws a 403 Refusal.
 */
export function checkDemoGuard(request: UpgradeRequest): void {
  if (!isLoopbackHost(request.header("host") ?? "")) {
    throw new Refusal("host_not_allowed", "Without a token this is for loopback only.");
  }
  const site = request.header("sec-fetch-site");
  if (site !== undefined && site !== "same-origin" && site !== "none") {
    throw new Refusal("origin_not_allowed", "Without a token other sites may not open sockets here.");
  }
  checkOrigin(request, []);
}

/** Refuses a Host that is not listed; with an empty list any is taken. Throws a 403 Refusal. */
export function checkHost(request: UpgradeRequest, allowed: readonly string[]): void {
  if (allowed.length === 0 || isListedHost(request.header("host") ?? "", allowed)) return;
  throw new Refusal("host_not_allowed", "This host is not served here.");
}
