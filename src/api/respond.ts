import { httpStatusOf, type Problem } from "../contract/problems.js";
import type { ErrorCode } from "../domain/errors.js";
import type { ApiContext } from "./environment.js";
import { limitHeaders, secondsUntil } from "./middleware/rate-limit.js";
import { dataHeaders, transportHeaders } from "./middleware/security-headers.js";

/** Seconds after which a caller may try again what was refused for the moment. */
const retryAfterS = "1";

/** A body that is JSON already: Postgres made it, and to read a thousand values of it only to write them again is dear. */
export class JsonText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/**
 * An answer with plain headers, which @hono/node-server writes without a Headers object in between. Every answer goes
 * through here, so that every answer has its request id and none is cached.
 */
export function respond(c: ApiContext, status: number, body: unknown, headers: Record<string, string> = {}): Response {
  const own = { ...ownHeaders(c), "cache-control": "no-store" };
  if (body === undefined) return new Response(null, { status, headers: { ...own, ...headers } });
  const type = { "content-type": "application/json" };
  const text = body instanceof JsonText ? body.text : JSON.stringify(body);
  return new Response(text, { status, headers: { ...own, ...type, ...headers } });
}

/**
 * What each answer has besides its own headers: the request's id, the limit that it was held against, and what a browser
 * is to mind (`guards`: of data, or of a page).
 */
export function ownHeaders(
  c: ApiContext,
  guards: Readonly<Record<string, string>> = dataHeaders,
): Record<string, string> {
  const taken = c.get("limited");
  return {
    "x-request-id": c.get("requestId"),
    ...guards,
    ...transportHeaders(c),
    ...(taken ? limitHeaders(taken) : {}),
  };
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
  return respond(c, status, problem, { ...headersOf(c, code, status), ...headers });
}

function headersOf(c: ApiContext, code: ErrorCode, status: number): Record<string, string> {
  if (code === "rate_limited") {
    const taken = c.get("limited");
    return { "retry-after": taken ? String(secondsUntil(taken)) : retryAfterS };
  }
  if (status === 503 || code === "request_in_progress") return { "retry-after": retryAfterS };
  return status === 401 ? { "www-authenticate": "Bearer" } : {};
}
