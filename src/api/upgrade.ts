import type { IncomingMessage, Server } from "node:http";
import { connect, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { httpStatusOf } from "../contract/problems.js";
import type { ErrorCode } from "../domain/errors.js";
import { forwardedAddress } from "../runtime/forwarded-address.js";
import type { Logger } from "../runtime/logger.js";

export interface PassUpgradesOptions {
  /** Believe and pass on the client's X-Forwarded-* headers; otherwise they are left out. */
  trustProxy: boolean;
  logger: Logger;
  /** The relay has that long to answer the handshake, ms. Default 5000. */
  handshakeTimeoutMs?: number;
}

/** The pipes that are open. */
export interface UpgradePipes {
  readonly size: number;
  /** Cuts all of them; later upgrades are answered 503. */
  stop(): void;
}

const reasons: Partial<Record<ErrorCode, string>> = { not_found: "Not Found", unavailable: "Service Unavailable" };
const forwardedHeaders = new Set(["x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "forwarded"]);

/**
 * Passes socket upgrades below `/ws/` on to the relay, so that sockets open on the API's port too (CONTRACT.md 5): a
 * plain TCP pipe, the request's head as it came plus X-Forwarded-For. Other paths are answered 404; 503 while the relay
 * is away. An upgrade to anything but a socket (`Upgrade: h2c`) is not taken, as HTTP allows: the request is answered as
 * if it had not asked. The query may hold a token and is never logged.
 */
export function passUpgrades(server: Server, relayUrl: string, options: PassUpgradesOptions): UpgradePipes {
  const relay = new URL(relayUrl);
  const open = new Set<Duplex>();
  let stopped = false;
  server.on("upgrade", (req: IncomingMessage, client: Duplex, head: Buffer) => {
    if (!asksForSocket(req)) return serveWithoutUpgrade(server, req, client, head);
    client.on("error", () => client.destroy());
    const path = (req.url ?? "").split("?", 1)[0] ?? "";
    if (!path.startsWith("/ws/")) return refuse(client, "not_found", "No socket lives here.");
    if (stopped) return refuse(client, "unavailable", "The server is stopping.");
    open.add(client);
    client.once("close", () => open.delete(client));
    pipe(req, client, head, path);
  });

  function pipe(req: IncomingMessage, client: Duplex, head: Buffer, path: string): void {
    const upstream = connect({ host: relay.hostname.replace(/^\[|\]$/g, ""), port: Number(relay.port || 80) });
    let answered = false;
    const away = (reason: string) => {
      if (answered) return;
      answered = true;
      options.logger.warn({ path, reason }, "the relay did not answer an upgrade");
      upstream.destroy();
      refuse(client, "unavailable", "The relay is away, try again.");
    };
    const deadline = setTimeout(() => away("timeout"), options.handshakeTimeoutMs ?? 5000);
    for (const socket of [upstream, req.socket]) {
      socket.setNoDelay(true);
      socket.setTimeout(0);
      socket.setKeepAlive(true, 30_000);
    }
    upstream.once("connect", () => {
      // A header is bytes to Node: what is beyond ASCII leaves as it came.
      upstream.write(headOf(req, options.trustProxy), "latin1");
      if (head.length > 0) upstream.write(head);
      client.pipe(upstream);
    });
    upstream.once("data", (chunk: Buffer) => {
      if (answered) return;
      answered = true;
      clearTimeout(deadline);
      client.write(chunk);
      upstream.pipe(client);
    });
    upstream.on("error", (error: NodeJS.ErrnoException) => {
      away(error.code ?? "error");
      upstream.destroy();
    });
    upstream.once("close", () => {
      clearTimeout(deadline);
      away("closed");
      if (!client.writableEnded) client.end();
      // What was sent to the client still leaves; a client that does not end its side is cut off.
      setTimeout(() => client.destroy(), 1000).unref();
    });
    client.once("close", () => upstream.destroy());
  }

  return {
    get size() {
      return open.size;
    },
    stop() {
      stopped = true;
      for (const client of open) client.destroy();
    },
  };
}

function asksForSocket(req: IncomingMessage): boolean {
  return (req.headers.upgrade ?? "").split(",").some((protocol) => protocol.trim().toLowerCase() === "websocket");
}

/** Puts a request back before the server, without its Upgrade header: Node asks before it has read the body. */
function serveWithoutUpgrade(server: Server, req: IncomingMessage, client: Duplex, head: Buffer): void {
  const lines = [`${req.method} ${req.url} HTTP/${req.httpVersion}`];
  for (const [name, value] of headersOf(req)) {
    if (name.toLowerCase() !== "upgrade") lines.push(`${name}: ${value}`);
  }
  client.unshift(Buffer.concat([Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1"), head]));
  server.emit("connection", client);
}

/** The headers one by one as they came. */
function* headersOf(req: IncomingMessage): Generator<[name: string, value: string]> {
  for (let index = 0; index + 1 < req.rawHeaders.length; index += 2) {
    yield [req.rawHeaders[index] ?? "", req.rawHeaders[index + 1] ?? ""];
  }
}

/** The request's head, header by header as it came; Node's parser lets no line break into a value. */
function headOf(req: IncomingMessage, trustProxy: boolean): string {
  const lines = [`${req.method} ${req.url} HTTP/1.1`];
  const forwardedFor: string[] = [];
  for (const [name, value] of headersOf(req)) {
    const forwarded = forwardedHeaders.has(name.toLowerCase());
    if (forwarded && !trustProxy) continue;
    if (name.toLowerCase() === "x-forwarded-for") forwardedFor.push(value);
    else lines.push(`${name}: ${value}`);
  }
  // The relay believes the last one: where the proxy before us named the client, that is the client and not the proxy.
  const isNamed = forwardedAddress(forwardedFor.join(",")) !== null;
  if (!isNamed && req.socket.remoteAddress) forwardedFor.push(req.socket.remoteAddress);
  if (forwardedFor.length > 0) lines.push(`X-Forwarded-For: ${forwardedFor.join(", ")}`);
  return `${lines.join("\r\n")}\r\n\r\n`;
}

function refuse(client: Duplex | Socket, code: "not_found" | "unavailable", detail: string): void {
  const body = JSON.stringify({ status: code, detail });
  client.end(
    `HTTP/1.1 ${httpStatusOf[code]} ${reasons[code]}\r\nContent-Type: application/json\r\nConnection: close\r\n` +
      `Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}
