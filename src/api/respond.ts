import { httpStatusOf, type Problem } from "../contract/problems.js";
import type { ErrorCode } from "../domain/errors.js";
import type { ApiContext } from "./environment.js";

/** Seconds after which a caller may try again what was refused for the moment. */
const retryAfterS = "1";

/**
 * An answer with plain headers, which @hono/node-server writes without a Headers object in between. Every answer goes
 * through here, so that every answer has its request id and none is cached.
 */
export function respond(c: ApiContext, status: number, body: unknown, headers: Record<string, string> = {}): Response {
  const own: Record<string, string> = { "x-request-id": c.get("requestId"), "cache-control": "no-store" };
  if (body === undefined) return new Response(null, { status, headers: { ...own, ...headers } });
  own["content-type"] = "application/json";
  return new Response(JSON.stringify(body), { status, headers: { ...own, ...headers } });
}

/** The body of a refusal; its facts never hide its code and its sentence. */
export function problemOf(code: ErrorCode, detail: string, facts: Record<string, unknown> = {}): Problem {
  const head = { status: code, detail };
  return Object.assign({ ...head }, facts, head);
}

/** The answer to a refused call: one shape for all (CONTRACT.md 0). */
export function respondProblem(
  c: ApiContext,
  code: ErrorCode,
  detail: string,
  facts: Record<string, unknown> = {},
  headers: Record<string, string> = {},
): Response {
  const status = httpStatusOf[code];
  const problem = problemOf(code, detail, facts);
  const own =
    status === 503 || code === "request_in_progress"
      ? { "retry-after": retryAfterS }
      : status === 401
        ? { "www-authenticate": "Bearer" }
        : {};
  return respond(c, status, problem, { ...own, ...headers });
}
