import { createServer, type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from "node:http";
import { Server as TcpServer } from "node:net";
import type { Duplex } from "node:stream";
import { getRequestListener } from "@hono/node-server";
import { httpStatusOf } from "../contract/problems.js";
import type { Service } from "../runtime/lifecycle.js";
import { newRequestId } from "./middleware/request-id.js";
import { dataHeaders } from "./middleware/security-headers.js";

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
  /** How long a client may take, ms; a test does not wait that long. */
  patience?: { headersTimeout?: number; requestTimeout?: number };
}

/** How long a client may take, ms: for its request's head, for all of the request, and in silence between two. */
const headersTimeout = 10_000;
const requestTimeout = 60_000;
const keepAliveTimeout = 65_000;
/** A connection on which nothing moves, either way, is cut: nothing that is answered here takes as long. */
const silenceMs = 120_000;
const partingMs = 1000;
const urlLengthMax = 8192;
const headersMax = 100;
const headBytesMax = 16_384;
const idleLookMs = 50;
/**
 * How long a stop leaves idle connections open, ms: who has one sends its next request on it, and is told by the answer to
 * that one to take another. A connection that is closed as the request comes is a request that is lost.
 */
const partingFromIdleMs = 1000;

/** Node's HTTP server around the app. */
export class HttpServer implements Service {
  readonly name = "http";
  readonly server: Server;
  readonly #options: HttpServerOptions;
  #stopping = false;

  constructor(options: HttpServerOptions) {
    this.#options = options;
    const listener = getRequestListener(options.fetch, { errorHandler: answerUnreadable });
    const patience = { headersTimeout, requestTimeout, ...options.patience };
    // Node looks at the connections only so often.
    const connectionsCheckingInterval = Math.min(2000, patience.headersTimeout / 2);
    const given = { ...patience, keepAliveTimeout, connectionsCheckingInterval, maxHeaderSize: headBytesMax };
    this.server = createServer(given, (req, res) => {
      if (this.#stopping) res.shouldKeepAlive = false;
      res.once("prefinish", () => !req.complete && partSlowly(req));
      const refused = headRefusal(req);
      if (refused) answerRefusal(res, refused);
      else void listener(req, res);
    });
    // None is left out in silence: there are never more than fit into the head.
    this.server.maxHeadersCount = 0;
    this.server.timeout = silenceMs;
    this.server.on("clientError", answerBroken);
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

  /**
   * Takes no new connection, and finishes what is under way. What comes on a connection that is there is still answered,
   * with `Connection: close`; one on which nothing comes for a second is closed.
   */
  async stop(): Promise<void> {
    const { server } = this;
    const { drainMs } = this.#options;
    if (!server.listening) return;
    this.#stopping = true;
    const closed = new Promise<void>((resolve) => {
      // Not the HTTP server's own close, which cuts idle connections at once.
      TcpServer.prototype.close.call(server, () => resolve());
    });
    const idleFrom = performance.now() + Math.min(partingFromIdleMs, drainMs / 2);
    const idle = setInterval(() => {
      if (performance.now() >= idleFrom) server.closeIdleConnections();
    }, idleLookMs);
    const late = setTimeout(() => server.closeAllConnections(), drainMs);
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

type HeadFault = "invalid_query" | "request_timeout" | "url_too_long" | "headers_too_large";

const sentences: Record<HeadFault, string> = {
  invalid_query: "The request's host or target is not valid.",
  request_timeout: "The request did not come in time.",
  url_too_long: `The request's target has more than ${urlLengthMax} characters.`,
  headers_too_large: `The request's head has more than ${headersMax} headers or ${headBytesMax} bytes.`,
};

/** The answer to what never gets as far as a route. */
function answerOf(code: HeadFault, detail = sentences[code]): { headers: Record<string, string>; body: string } {
  const headers = {
    "content-type": "application/json",
    "cache-control": "no-store",
    "x-request-id": newRequestId(),
    ...dataHeaders,
  };
  return { headers, body: JSON.stringify({ status: code, detail }) };
}

/** What is no request that could be routed: a Host or a target that no URL can be made of. */
function answerUnreadable(): Response {
  const { headers, body } = answerOf("invalid_query");
  return new Response(body, { status: httpStatusOf.invalid_query, headers });
}

function headRefusal(req: IncomingMessage): HeadFault | null {
  if ((req.url ?? "").length > urlLengthMax) return "url_too_long";
  return req.rawHeaders.length > headersMax * 2 ? "headers_too_large" : null;
}

function answerRefusal(res: ServerResponse, code: HeadFault): void {
  const { headers, body } = answerOf(code);
  const length = { connection: "close", "content-length": String(Buffer.byteLength(body)) };
  res.writeHead(httpStatusOf[code], { ...headers, ...length }).end(body);
}

/**
 * Who still sends its body when it is answered (413) would not read the answer of a connection that is reset under it: our
 * end is closed first, and what comes for another second is thrown away.
 */
function partSlowly({ socket }: IncomingMessage): void {
  const part = () => socket.destroy();
  socket.destroySoon = () => {
    socket.end();
    socket.once("end", part);
    setTimeout(part, partingMs).unref();
  };
}

/** What Node's parser refuses, or waited for in vain: nothing was routed, or its handler is told by the closed stream. */
function answerBroken(error: NodeJS.ErrnoException, socket: Duplex): void {
  // Where it stands behind a whole request, what would be said of it must not be taken for that one's answer. (Node's own
  // handler looks at the same field.)
  const current = Reflect.get(socket, "_httpMessage") as ServerResponse | null | undefined;
  if (current?.headersSent || current?.req.complete || !socket.writable || error.code === "ECONNRESET") {
    socket.destroy();
    return;
  }
  const code = faults[error.code ?? ""] ?? "invalid_query";
  const { headers, body } = answerOf(code, code === "invalid_query" ? "This is not HTTP/1.1." : undefined);
  const length = { connection: "close", "content-length": String(Buffer.byteLength(body)) };
  const lines = Object.entries({ ...headers, ...length }).map(([name, value]) => `${name}: ${value}\r\n`);
  const status = httpStatusOf[code];
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join("")}\r\n${body}`);
  // A client that reads no answer keeps no connection.
  setTimeout(() => socket.destroy(), partingMs).unref();
}

const faults: Readonly<Record<string, HeadFault>> = {
  ERR_HTTP_REQUEST_TIMEOUT: "request_timeout",
  HPE_HEADER_OVERFLOW: "headers_too_large",
};
