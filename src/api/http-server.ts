import { createServer, type Server } from "node:http";
import { getRequestListener } from "@hono/node-server";
import { httpStatusOf } from "../contract/problems.js";
import type { Service } from "../runtime/lifecycle.js";
import { newRequestId } from "./middleware/request-id.js";

/** The address could not be listened on: a sentence that says what to do. */
export class ListenError extends Error {
  override readonly name = "ListenError";
}

export interface HttpServerOptions {
  fetch: Parameters<typeof getRequestListener>[0];
  host: string;
  port: number;
  /** How long a stop waits for requests that are under way, ms; then their connections are cut. */
  drainMs: number;
}

const idleLookMs = 50;

/** Node's HTTP server around the app. */
export class HttpServer implements Service {
  readonly name = "http";
  readonly server: Server;
  readonly #options: HttpServerOptions;

  constructor(options: HttpServerOptions) {
    this.#options = options;
    const listener = getRequestListener(options.fetch, { errorHandler: answerUnreadable });
    this.server = createServer({ keepAliveTimeout: 65_000, headersTimeout: 20_000, requestTimeout: 60_000 }, listener);
  }

  /** Listens. Throws ListenError when the address is taken or not ours. */
  async start(): Promise<void> {
    const { host, port } = this.#options;
    await new Promise<void>((resolve, reject) => {
      const onError = (error: NodeJS.ErrnoException) => reject(listenError(error, host, port));
      this.server.once("error", onError);
      this.server.listen(port, host, () => {
        this.server.off("error", onError);
        resolve();
      });
    });
  }

  /** Takes no new connection, finishes what is under way, closes each connection as it falls idle. */
  async stop(): Promise<void> {
    const { server } = this;
    if (!server.listening) return;
    const closed = new Promise<void>((resolve) => {
      server.close(() => resolve());
    });
    const idle = setInterval(() => server.closeIdleConnections(), idleLookMs);
    const late = setTimeout(() => server.closeAllConnections(), this.#options.drainMs);
    await closed;
    clearInterval(idle);
    clearTimeout(late);
  }

  /** The port that is listened on; asked for when the port of the settings is 0. */
  get port(): number {
    const address = this.server.address();
    return typeof address === "object" && address !== null ? address.port : this.#options.port;
  }
}

function listenError(error: NodeJS.ErrnoException, host: string, port: number): ListenError {
  if (error.code === "EADDRINUSE") {
    return new ListenError(`port ${port} on ${host} is taken: stop what listens there, or set PORT`);
  }
  if (error.code === "EACCES") return new ListenError(`port ${port} on ${host} may not be listened on by this user`);
  if (error.code === "EADDRNOTAVAIL") return new ListenError(`${host} is no address of this machine: set HOST`);
  return new ListenError(`cannot listen on ${host}:${port}: ${error.message}`);
}

/** What is no request that could be routed: a Host or a target that no URL can be made of. */
function answerUnreadable(): Response {
  const headers = { "content-type": "application/json", "x-request-id": newRequestId() };
  const problem = { status: "invalid_query", detail: "The request's host or target is not valid." };
  return new Response(JSON.stringify(problem), { status: httpStatusOf.invalid_query, headers });
}
