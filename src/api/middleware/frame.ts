import type { MiddlewareHandler } from "hono";
import { Refusal } from "../../domain/errors.js";
import type { ApiDependencies } from "../dependencies.js";
import type { ApiContext, ApiEnvironment } from "../environment.js";
import { respond } from "../respond.js";
import { answerError } from "./answer-error.js";
import { checkHost, checkOrigin } from "./browser-guard.js";
import { corsHeaders, isPreflight, preflightHeaders } from "./cors.js";
import { requestIdOf } from "./request-id.js";
import { cameByTls } from "./security-headers.js";

/** Bounds of the request times, seconds. */
const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/**
 * What stands around every request: its id, the hosts and origins that are let in, and at the end its one line in the
 * log and its place in the metrics. Neither bodies nor tokens nor raw paths get into either.
 */
export function frame(deps: ApiDependencies): MiddlewareHandler<ApiEnvironment> {
  const { config, logger } = deps;
  const times = deps.metrics.histogram({
    name: "switchboard_http_request_seconds",
    help: "Time from a request's arrival to its answer",
    labels: ["method", "route", "status"],
    buckets,
  });
  return async (c, next) => {
    const startedAt = performance.now();
    c.set("requestId", requestIdOf(c));
    if (config.TRUST_PROXY) c.set("tls", cameByTls(c));
    const cors = corsHeaders(c, config);
    try {
      checkHost(c, config);
      checkOrigin(c, config);
      if (isPreflight(c, cors)) c.res = respond(c, 204, undefined, preflightHeaders);
      else await next();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      c.res = answerError(error, c);
    }
    if (cors) addHeaders(c.res.headers, cors);
    const ms = performance.now() - startedAt;
    const route = c.get("route") ?? "none";
    const { status } = c.res;
    times.observe({ method: c.req.method, route, status }, ms / 1000);
    logger[levelOf(route, status)](lineOf(c, route, status, ms), "request");
  };
}

/** An answer may vary by more than its origin, and what any origin may read is not narrowed to one. */
function addHeaders(headers: Headers, cors: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(cors)) {
    if (name === "vary") headers.append(name, value);
    else if (headers.get(name) !== "*") headers.set(name, value);
  }
}

/** A probe that is answered well every few seconds is no news. */
const probes = new Set(["/healthz", "/readyz"]);

function levelOf(route: string, status: number): "debug" | "info" | "warn" | "error" {
  if (status < 500) return probes.has(route) ? "debug" : "info";
  return status === 503 ? "warn" : "error";
}

function lineOf(c: ApiContext, route: string, status: number, ms: number): Record<string, unknown> {
  const actor = c.get("caller")?.actor;
  const failure = c.get("failure");
  return {
    method: c.req.method,
    route,
    status,
    duration_ms: Math.round(ms * 100) / 100,
    request_id: c.get("requestId"),
    ...(actor ? { caller: actor.kind, role: actor.role, user_id: actor.id } : {}),
    ...c.get("ids"),
    ...(failure === undefined ? {} : { err: failure }),
  };
}
