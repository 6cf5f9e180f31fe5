import type { ApiConfig } from "../dependencies.js";
import { type ApiContext, headerOf } from "../environment.js";

/** What a page may read of an answer besides its body. */
const exposed = [
  "X-Request-Id",
  "Retry-After",
  "RateLimit-Limit",
  "RateLimit-Remaining",
  "RateLimit-Reset",
  "Idempotent-Replayed",
].join(", ");

/** The headers of answers to pages of other origins: they depend on who asks, which caches are to know. */
const forAnyOrigin = { vary: "Origin" };

/**
 * The headers that let a page of an origin on CORS_ORIGINS read the answer; of any other origin it may not. A browser
 * sends nothing along by itself: cookies are not allowed. null where there is no such list.
 */
export function corsHeaders(c: ApiContext, config: ApiConfig): Readonly<Record<string, string>> | null {
  if (config.CORS_ORIGINS.length === 0) return null;
  const origin = headerOf(c, "origin");
  if (origin === undefined || !config.CORS_ORIGINS.includes(origin)) return forAnyOrigin;
  return { ...forAnyOrigin, "access-control-allow-origin": origin, "access-control-expose-headers": exposed };
}

/** Whether a browser asks what a listed origin may send, before it sends it. */
export function isPreflight(c: ApiContext, cors: Readonly<Record<string, string>> | null): boolean {
  if (c.req.method !== "OPTIONS" || !cors?.["access-control-allow-origin"]) return false;
  return headerOf(c, "access-control-request-method") !== undefined;
}

/** The answer to a listed origin's question what it may send. */
export const preflightHeaders: Readonly<Record<string, string>> = {
  "access-control-allow-methods": "GET, POST, PUT, PATCH, DELETE",
  "access-control-allow-headers": "Authorization, Content-Type, Idempotency-Key, X-Api-Key, X-Request-Id",
  "access-control-max-age": "600",
};
