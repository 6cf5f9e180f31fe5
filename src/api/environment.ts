import type { HttpBindings } from "@hono/node-server";
import type { Context } from "hono";
import type { Taken } from "../runtime/limiter.js";
import type { Caller } from "./caller.js";

/** What a request's context carries from one step to the next. */
export interface ApiEnvironment {
  /** Node's own request and response; empty in a test that calls the app without a server. */
  Bindings: Partial<HttpBindings>;
  Variables: {
    requestId: string;
    /** Pattern of the route, for the log and the metrics: never the raw path. */
    route: string;
    caller: Caller;
    /** Ids that the request was about, for its log line. */
    ids: Record<string, number | string>;
    /** The client came by TLS, as a proxy that is trusted says. */
    tls: boolean;
    /** The limit that the request was held against, for its answer's headers. */
    limited: Taken;
    /** A failure that is ours, for its log line. */
    failure: unknown;
  };
}

export type ApiContext = Context<ApiEnvironment>;

/** A header of the request. From Node's parsed headers where there is a server: no Headers object is made for it. */
export function headerOf(c: ApiContext, name: string): string | undefined {
  const incoming = c.env?.incoming;
  if (!incoming) return c.req.header(name);
  const value = incoming.headers[name];
  return Array.isArray(value) ? value[0] : value;
}
