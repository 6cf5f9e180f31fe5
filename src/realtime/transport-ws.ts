import { createServer, type IncomingMessage, type Server, STATUS_CODES } from "node:http";
import type { AddressInfo, Socket as NetSocket } from "node:net";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
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

/** A client that has not sent its request's head by then is cut off, ms. */
const headersTimeout = 10_000;
/** No close frame was seen. */
const cutOff = 1006;

class WsSocket<D> implements Socket<D> {
  readonly data: D;
  readonly #transport: WsTransport<D>;
  readonly #native: WebSocket;
  readonly #raw: NetSocket;
  readonly topics = new Set<string>();
  #open = true;
  /** Something came since the last ping. */
  alive = true;

  constructor(transport: WsTransport<D>, native: WebSocket, raw: NetSocket, data: D) {
    this.#transport = transport;
    this.#native = native;
    this.#raw = raw;
    this.data = data;
  }

  send(text: string): SendResult {
    if (!this.#open || this.closeIfSlow()) return "dropped";
    this.#native.send(text);
    return this.#raw.writableNeedDrain ? "backpressured" : "ok";
  }

  cork(work: () => void): void {
    this.#raw.cork();
    work();
    this.#raw.uncork();
  }

  subscribe(topic: string): void {
    if (this.#open) this.#transport.subscribe(this, topic);
  }

  unsubscribe(topic: string): void {
    this.#transport.unsubscribe(this, topic);
  }

  close(code: number, reason: string): void {
    if (!this.#open) return;
    this.#native.close(code, reason);
    this.closed(code);
  }

  bufferedAmount(): number {
    return this.#open ? this.#native.bufferedAmount : 0;
  }

  closeIfSlow(): boolean {
    if (this.bufferedAmount() <= this.#transport.maxBufferBytes) return false;
    this.close(closeCodes.tooSlow, "too slow");
    return true;
  }

  /** Asks for a sign of life; cuts off who gave none since the last time. */
  ping(): void {
    if (this.alive) this.#native.ping();
    else this.#native.terminate();
    this.alive = false;
  }

  closed(code: number): void {
    if (!this.#open) return;
    this.#open = false;
    this.#transport.forget(this, code);
  }
}

/** Sockets by `ws`: where uWebSockets.js has no binary. Every send is a loop over the topic's sockets. */
export async function openWsTransport<D>(
  handlers: TransportHandlers<D>,
  options: TransportOptions,
): Promise<Transport> {
  return new WsTransport(handlers, options);
}

class WsTransport<D> implements Transport {
  readonly driver = "ws";
  readonly maxBufferBytes: number;
  readonly #handlers: TransportHandlers<D>;
  readonly #options: TransportOptions;
  readonly #http: Server;
  readonly #upgrader: WebSocketServer;
  readonly #sockets = new Set<WsSocket<D>>();
  readonly #topics = new Map<string, Set<WsSocket<D>>>();
  readonly #pings: NodeJS.Timeout;

  constructor(handlers: TransportHandlers<D>, options: TransportOptions) {
    this.#handlers = handlers;
    this.#options = options;
    this.maxBufferBytes = options.maxBufferBytes;
    this.#upgrader = new WebSocketServer({
      noServer: true,
      clientTracking: true,
      perMessageDeflate: false,
      maxPayload: Math.max(unreadableBytes, options.maxPayloadBytes),
    });
    this.#http = createServer({ headersTimeout, connectionsCheckingInterval: headersTimeout / 5 }, (req, res) => {
      void plainAnswer(requestOf(req), handlers).then(({ status, contentType, body }) => {
        res.writeHead(status, { ...plainHeaders, "content-type": contentType });
        res.end(req.method === "HEAD" ? undefined : body);
      });
    });
    this.#http.on("upgrade", (req, raw, head) => this.#upgrade(req, raw, head));
    this.#pings = setInterval(
      () => {
        for (const socket of this.#sockets) socket.ping();
      },
      (options.idleTimeoutS * 1000) / 2,
    );
    this.#pings.unref();
  }

  #upgrade(req: IncomingMessage, raw: Duplex, head: Buffer): void {
    raw.on("error", () => raw.destroy());
    const url = new URL(req.url ?? "/", "http://relay");
    const request = { ...requestOf(req), query: url.searchParams };
    const reply = (answer: UpgradeAnswer<D>) => {
      if (raw.destroyed) return;
      if (!answer.accept) return refuse(raw, answer.status, JSON.stringify(answer.problem), answer.headers);
      // `ws` answers with the first subprotocol of the request: leave it the one that was decided on, or none.
      if (answer.protocol === null) delete req.headers["sec-websocket-protocol"];
      else req.headers["sec-websocket-protocol"] = answer.protocol;
      this.#upgrader.handleUpgrade(req, raw, head, (native) => this.#opened(native, req.socket, answer.data));
    };
    this.#handlers.upgrade(request).then(reply, () => {
      reply({ accept: false, status: 500, problem: { status: "internal_error", detail: "The upgrade failed." } });
    });
  }

  #opened(native: WebSocket, raw: NetSocket, data: D): void {
    const socket = new WsSocket(this, native, raw, data);
    this.#sockets.add(socket);
    native.on("message", (bytes: Buffer) => {
      socket.alive = true;
      if (!this.#sockets.has(socket)) return;
      if (bytes.byteLength <= this.#options.maxPayloadBytes) this.#handlers.message(socket, bytes.toString());
      else socket.close(closeCodes.badFrame, tooLarge(this.#options));
    });
    native.on("pong", () => {
      socket.alive = true;
    });
    native.on("ping", () => {
      socket.alive = true;
    });
    native.on("error", () => native.terminate());
    native.on("close", (code) => socket.closed(code));
    raw.on("drain", () => {
      if (this.#sockets.has(socket)) this.#handlers.drain(socket);
    });
    this.#handlers.open(socket);
  }

  subscribe(socket: WsSocket<D>, topic: string): void {
    const members = this.#topics.get(topic) ?? new Set();
    this.#topics.set(topic, members.add(socket));
    socket.topics.add(topic);
  }

  unsubscribe(socket: WsSocket<D>, topic: string): void {
    socket.topics.delete(topic);
    const members = this.#topics.get(topic);
    members?.delete(socket);
    if (members?.size === 0) this.#topics.delete(topic);
  }

  forget(socket: WsSocket<D>, code: number): void {
    this.#sockets.delete(socket);
    for (const topic of [...socket.topics]) this.unsubscribe(socket, topic);
    this.#handlers.close(socket, code);
  }

  publish(topic: string, text: string): void {
    for (const socket of this.#topics.get(topic) ?? []) socket.send(text);
  }

  listen(host: string, port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#http.once("error", (error: NodeJS.ErrnoException) => reject(new ListenError(host, port, error.code)));
      this.#http.listen(port, host, () => resolve((this.#http.address() as AddressInfo).port));
    });
  }

  stopListening(): void {
    this.#http.close();
    this.#http.closeIdleConnections();
  }

  async close(): Promise<void> {
    clearInterval(this.#pings);
    this.stopListening();
    for (const native of this.#upgrader.clients) native.terminate();
    for (const socket of [...this.#sockets]) socket.closed(cutOff);
    this.#http.closeAllConnections();
  }
}

function requestOf(req: IncomingMessage) {
  return {
    method: req.method ?? "",
    path: pathOf(req),
    header: (name: string) => {
      const value = req.headers[name];
      return Array.isArray(value) ? value.join(", ") : value;
    },
    remoteAddress: req.socket.remoteAddress ?? "",
  };
}

function pathOf(req: IncomingMessage): string {
  return (req.url ?? "/").split("?", 1)[0] ?? "/";
}

function refuse(raw: Duplex, status: number, body: string, headers: Readonly<Record<string, string>> = {}): void {
  const length = { connection: "close", "content-length": String(Buffer.byteLength(body)) };
  const lines = Object.entries({ ...plainHeaders, ...headers, ...length }).map(([name, value]) => `${name}: ${value}`);
  raw.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\n${lines.join("\r\n")}\r\n\r\n${body}`);
}
