import type { OpenAPIHono, RouteConfig } from "@hono/zod-openapi";
import { z } from "zod";
import { problemSchema } from "../contract/http/problem.js";
import { httpStatusOf } from "../contract/problems.js";
import type { ErrorCode } from "../domain/errors.js";
import { isFor, isOpen, type Party, policy } from "../domain/policy.js";
import type { Endpoint } from "./endpoint.js";
import { takesKey } from "./keyed-call.js";

/** The head of `/openapi.json`. */
export const documentHead = {
  openapi: "3.1.0",
  info: {
    title: "Switchboard",
    version: "1",
    description:
      "The working core of a customer-support desk. Times are ISO-8601 UTC, a trailing slash is optional on every " +
      "path, every answer has X-Request-Id, and every error has the shape of `Problem`. Calls are limited by user, and " +
      "where there is none by address: answers carry RateLimit-Limit, RateLimit-Remaining and RateLimit-Reset (seconds), " +
      "and who goes on past a limit is answered 429 with Retry-After (seconds).",
  },
};

const pathId = z.object({
  id: z.int().nonnegative().meta({ description: "digits; anything else is answered as an unknown id" }),
});

const pathIds = pathId.extend({ user_id: pathId.shape.id });

/** What is told of an endpoint: all but what it does. */
export type Described = Omit<Endpoint, "run">;

const keyHeader = z.object({
  "Idempotency-Key": z
    .string()
    .min(1)
    .max(255)
    .optional()
    .meta({ description: "the same key and body within 24 hours give the same answer, and have one effect" }),
});

/** What a call of that kind can be refused with, its own refusals and those that all of its kind share. */
function refusalsOf(endpoint: Described): ErrorCode[] {
  const codes = new Set<ErrorCode>([
    ...(["request_timeout", "url_too_long", "headers_too_large"] as const),
    ...(["host_not_allowed", "origin_not_allowed", "unavailable", "internal_error"] as const),
  ]);
  if (endpoint.limit !== "none") codes.add("rate_limited");
  if (!isOpen(endpoint.policy)) for (const code of ["unauthorized", "forbidden"] as const) codes.add(code);
  if (endpoint.body) for (const code of ["invalid_json", "invalid_body", "too_large"] as const) codes.add(code);
  if (endpoint.query) codes.add("invalid_query");
  if (takesKey(endpoint)) {
    for (const code of ["invalid_body", "request_in_progress", "idempotency_key_reused"] as const) codes.add(code);
  }
  if (endpoint.noun) codes.add(endpoint.noun);
  for (const code of Object.values(endpoint.fieldCodes ?? {})) if (code) codes.add(code);
  for (const code of endpoint.refusals) codes.add(code);
  return [...codes];
}

function problemAnswers(endpoint: Described): RouteConfig["responses"] {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of refusalsOf(endpoint)) {
    const status = httpStatusOf[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  const answers: RouteConfig["responses"] = {};
  for (const [status, codes] of [...byStatus].sort(([a], [b]) => a - b)) {
    answers[status] = {
      description: codes.sort().join(", "),
      content: { "application/json": { schema: problemSchema } },
    };
  }
  return answers;
}

const parties: Partial<Record<Party, string>> = {
  api_key: "a server with an API key",
  metrics: "METRICS_TOKEN",
  anyone: "anybody",
};

/** Who may call, in words. */
function callersOf(endpoint: Described): string {
  const named = Object.keys(policy[endpoint.policy]).map((party) => parties[party as Party] ?? party);
  return `For ${named.join(", ")}.`;
}

/** An endpoint as OpenAPI describes it: the very schemas that validate it, and every error that it can answer. */
export function describe(endpoint: Described): RouteConfig {
  const answers: RouteConfig["responses"] = problemAnswers(endpoint);
  for (const [status, { description, schema, mediaType }] of Object.entries(endpoint.answers)) {
    const content = schema ? { [mediaType ?? "application/json"]: { schema } } : undefined;
    answers[status] = content ? { description, content } : { description };
  }
  const security = [{ bearer: [] }, ...(isFor(endpoint.policy, "api_key") ? [{ apiKey: [] }] : [])];
  return {
    method: endpoint.method,
    path: endpoint.path,
    tags: [endpoint.tag],
    summary: endpoint.summary,
    description: callersOf(endpoint),
    ...(isOpen(endpoint.policy) ? { security: [] } : { security }),
    request: {
      ...(endpoint.noun ? { params: endpoint.path.includes("{user_id}") ? pathIds : pathId } : {}),
      ...(endpoint.path.includes("{file}") ? { params: z.object({ file: z.string() }) } : {}),
      ...(endpoint.path.includes("{name}") ? { params: z.object({ name: z.string() }) } : {}),
      ...(takesKey(endpoint) ? { headers: keyHeader } : {}),
      ...(endpoint.query ? { query: endpoint.query as unknown as z.ZodObject } : {}),
      ...(endpoint.body
        ? { body: { required: !endpoint.bodyOptional, content: { "application/json": { schema: endpoint.body } } } }
        : {}),
      ...(endpoint.form
        ? { body: { required: true, content: { "multipart/form-data": { schema: endpoint.form } } } }
        : {}),
    },
    responses: answers,
  };
}

/** Registers all endpoints, and the ways to sign in. */
export function describeAll(registry: OpenAPIHono["openAPIRegistry"], endpoints: readonly Described[]): void {
  registry.registerComponent("securitySchemes", "bearer", { type: "http", scheme: "bearer", bearerFormat: "JWT" });
  registry.registerComponent("securitySchemes", "apiKey", { type: "apiKey", in: "header", name: "X-Api-Key" });
  for (const endpoint of endpoints) registry.registerPath(describe(endpoint));
}
