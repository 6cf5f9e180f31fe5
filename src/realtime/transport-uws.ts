import type { HttpRequest, HttpResponse, us_listen_socket, us_socket_context_t, WebSocket } from "uWebSockets.js";
import { randomUUID } from "node:crypto";
import { STATUS_CODES } from "node:http";
import { connect, type Socket as NetSocket } from "node:net";
import {
  closeCodes,
  ListenError,
  plainAnswer,
  plainHeaders,
  type SendResult,
  type Socket,
  type Transport,
  type TransportHandlers,
  type TransportOptions,
  tooLarge,
  type UpgradeAnswer,
  unreadableBytes,
} from "./transport.js";

type Uws = typeof import("uWebSockets.js");
type Native<D> = WebSocket<{ answer: D; socket: UwsSocket<D> | null }>;

const exclusivePort = 1;
const sendResults: readonly SendResult[] = ["backpressured", "ok", "dropped"];

/**
 * uWebSockets.js itself drops what is past `maxBackpressure` and cuts the connection without a close frame (the peer
 * sees 1006). So its limit is a last resort that far above ours; ours is checked here, and closes with 4408.
 */
const lastResortBytes = 16 * 1024 * 1024;
/** After that many published bytes all sockets are looked at: a reader passes the limit by no more than that. */
const sweepEveryBytes = 64 * 1024;

function textOf(bytes: ArrayBuffer): string {
  return Buffer.from(bytes).toString();
}

class UwsSocket<D> implements Socket<D> {
  readonly data: D;
  readonly #maxBufferBytes: number;
  #native: Native<D> | null;

  constructor(native: Native<D>, data: D, maxBufferBytes: number) {
    this.#native = native;
    this.data = data;
    this.#maxBufferBytes = maxBufferBytes;
  }

  send(text: string): SendResult {
    if (!this.#native || this.closeIfSlow()) return "dropped";
    return sendResults[this.#native.send(text)] ?? "dropped";
  }

  cork(work: () => void): void {
    if (this.#native) this.#native.cork(work);
    else work();
  }

  subscribe(topic: string): void {
    this.#native?.subscribe(topic);
  }

  unsubscribe(topic: string): void {
    this.#native?.unsubscribe(topic);
  }

  close(code: number, reason: string): void {
    this.#native?.end(code, reason);
  }

  bufferedAmount(): number {
    return this.#native?.getBufferedAmount() ?? 0;
  }

  /** Closes with 4408 when the reader is too far behind, and says so. */
  closeIfSlow(): boolean {
    if (this.bufferedAmount() <= this.#maxBufferBytes) return false;
    this.close(closeCodes.tooSlow, "too slow");
    return true;
  }

  /** uWebSockets.js throws on any use of a socket that is closed. */
  forget(): void {
    this.#native = null;
  }
}

/** Sockets by uWebSockets.js: native fan-out. Rejects where it has no binary for this Node. */
export async function openUwsTransport<D>(
  handlers: TransportHandlers<D>,
  options: TransportOptions,
): Promise<Transport> {
  const uws: Uws = await import("uWebSockets.js");
  return new UwsTransport(uws, handlers, options);
}

class UwsTransport<D> implements Transport {
  readonly driver = "uws";
  readonly #uws: Uws;
  readonly #app: ReturnType<Uws["App"]>;
  readonly #handlers: TransportHandlers<D>;
  readonly #sockets = new Set<UwsSocket<D>>();
  #listening: us_listen_socket | null = null;
  #bytesSinceSweep = 0;
  #closed = false;
  readonly #corkerPath = `/${randomUUID()}`;
  #corker: HttpResponse | null = null;
  #corkerSocket: NetSocket | null = null;
  #onCorker: (() => void) | null = null;

  constructor(uws: Uws, handlers: TransportHandlers<D>, options: TransportOptions) {
    this.#uws = uws;
    this.#handlers = handlers;
    this.#app = uws.App();
    this.#app.ws<{ answer: D; socket: UwsSocket<D> | null }>("/*", {
      maxPayloadLength: Math.max(unreadableBytes, options.maxPayloadBytes),
      maxBackpressure: options.maxBufferBytes + lastResortBytes,
      closeOnBackpressureLimit: true,
      idleTimeout: options.idleTimeoutS,
      sendPingsAutomatically: true,
      upgrade: (res, req, context) => this.#upgrade(res, req, context),
      open: (native) => {
        const data = native.getUserData();
        const socket = new UwsSocket(native, data.answer, options.maxBufferBytes);
        data.socket = socket;
        this.#sockets.add(socket);
        handlers.open(socket);
      },
      message: (native, bytes) => {
        const socket = native.getUserData().socket;
        if (!socket) return;
        if (bytes.byteLength <= options.maxPayloadBytes) handlers.message(socket, textOf(bytes));
        else socket.close(closeCodes.badFrame, tooLarge(options));
      },
      drain: (native) => {
        const socket = native.getUserData().socket;
        if (socket) handlers.drain(socket);
      },
      close: (native, code) => {
        const socket = native.getUserData().socket;
        if (!socket) return;
        socket.forget();
        this.#sockets.delete(socket);
        handlers.close(socket, code);
      },
    });
    this.#app.get(this.#corkerPath, (res) => {
      res.onAborted(() => {
        this.#corker = null;
      });
      this.#corker = res;
      this.#onCorker?.();
    });
    this.#app.any("/*", (res, req) => this.#plain(res, req));
  }

  #plain(res: HttpResponse, req: HttpRequest): void {
    let gone = false;
    res.onAborted(() => {
      gone = true;
    });
    const request = requestOf(res, req);
    void plainAnswer(request, this.#handlers).then(({ status, contentType, body }) => {
      if (gone || this.#closed) return;
      res.cork(() => {
        res.writeStatus(`${status} ${STATUS_CODES[status] ?? ""}`);
        const headers = { ...plainHeaders, "content-type": contentType };
        for (const [name, value] of Object.entries(headers)) res.writeHeader(name, value);
        if (request.method === "HEAD") res.endWithoutBody(Buffer.byteLength(body));
        else res.end(body);
      });
    });
  }

  #upgrade(res: HttpResponse, req: HttpRequest, context: us_socket_context_t): void {
    let gone = false;
    res.onAborted(() => {
      gone = true;
    });
    const request = { ...requestOf(res, req), query: new URLSearchParams(req.getQuery() ?? "") };
    const key = request.header("sec-websocket-key") ?? "";
    const extensions = request.header("sec-websocket-extensions") ?? "";
    const reply = (answer: UpgradeAnswer<D>) => {
      if (gone || this.#closed) return;
      if (answer.accept) {
        this.#corked(() =>
          res.upgrade({ answer: answer.data, socket: null }, key, answer.protocol ?? "", extensions, context),
        );
      } else {
        res.cork(() => answerJson(res, answer.status, JSON.stringify(answer.problem), true, answer.headers));
      }
    };
    this.#handlers.upgrade(request).then(reply, () => {
      reply({ accept: false, status: 500, problem: { status: "internal_error", detail: "The upgrade failed." } });
    });
  }

  /**
   * Runs an upgrade inside a cork, but not its own. After `res.cork(() => res.upgrade())` uWebSockets.js looks at what
   * was the response, which by then is the upgraded socket's memory, and now and then closes the socket right after
   * the 101 (seen one time in five, as soon as `open` subscribes); without any cork it writes a warning each time. So
   * one response to ourselves stays open for ever, and its cork is the one that is used.
   */
  #corked(work: () => void): void {
    if (this.#corker) this.#corker.cork(work);
    else work();
  }

  async #openCorker(host: string, port: number): Promise<void> {
    const own = host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "::1" : host;
    const opened = new Promise<void>((resolve, reject) => {
      this.#onCorker = resolve;
      this.#corkerSocket = connect(port, own).on("error", reject);
    });
    this.#corkerSocket?.write(`GET ${this.#corkerPath} HTTP/1.1\r\nHost: relay\r\n\r\n`);
    this.#corkerSocket?.unref();
    await opened;
  }

  async listen(host: string, port: number): Promise<number> {
    const actual = await this.#listen(host, port);
    await this.#openCorker(host, actual);
    return actual;
  }

  #listen(host: string, port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      const done = (listening: us_listen_socket | false) => {
        if (!listening) return reject(new ListenError(host, port));
        this.#listening = listening;
        resolve(this.#uws.us_socket_local_port(listening));
      };
      // Without the option the kernel lets several processes share the port (SO_REUSEPORT); the types lack this form.
      const app = this.#app as unknown as {
        listen(host: string, port: number, options: number, done: (socket: us_listen_socket | false) => void): void;
      };
      app.listen(host, port, exclusivePort, done);
    });
  }

  publish(topic: string, text: string): void {
    if (this.#closed) return;
    this.#app.publish(topic, text);
    const before = this.#bytesSinceSweep;
    this.#bytesSinceSweep += text.length;
    // Published bytes reach the sockets' buffers when the loop turns, so the look comes after that.
    if (before < sweepEveryBytes && this.#bytesSinceSweep >= sweepEveryBytes) {
      setTimeout(() => this.#sweep(), 0);
    }
  }

  #sweep(): void {
    this.#bytesSinceSweep = 0;
    for (const socket of this.#sockets) socket.closeIfSlow();
  }

  stopListening(): void {
    if (this.#listening) this.#uws.us_listen_socket_close(this.#listening);
    this.#listening = null;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.stopListening();
    this.#corkerSocket?.destroy();
    this.#app.close();
    this.#closed = true;
  }
}

/** What a request says. It lives until its handler returns only: all is copied before anything is awaited. */
function requestOf(res: HttpResponse, req: HttpRequest) {
  const headers = new Map<string, string>();
  req.forEach((name, value) => void headers.set(name, value));
  return {
    method: req.getMethod().toUpperCase(),
    path: req.getUrl(),
    header: (name: string) => headers.get(name),
    remoteAddress: textOf(res.getRemoteAddressAsText()),
  };
}

function answerJson(
  res: HttpResponse,
  status: number,
  body: string,
  closeConnection: boolean,
  headers: Readonly<Record<string, string>> = {},
): void {
  res.writeStatus(`${status} ${STATUS_CODES[status] ?? ""}`);
  for (const [name, value] of Object.entries({ ...plainHeaders, ...headers })) res.writeHeader(name, value);
  res.end(body, closeConnection);
}
