import type { Problem } from "../contract/problems.js";
import type { PageAnswer, PageRequest } from "../runtime/system-pages.js";

/** What an upgrade asks for. The query may hold a token: never log it. */
export interface UpgradeRequest {
  path: string;
  query: URLSearchParams;
  /** A header by its lower-case name. */
  header(name: string): string | undefined;
  remoteAddress: string;
}

/** The answer to an upgrade: 101 with what the socket carries along, or an HTTP status with a JSON problem. */
export type UpgradeAnswer<D> =
  | { accept: true; data: D; protocol: string | null }
  | { accept: false; status: number; problem: Problem; headers?: Readonly<Record<string, string>> };

/** What each answer that is no socket has: nobody keeps it, or takes it for a page. */
export const plainHeaders: Readonly<Record<string, string>> = {
  "content-type": "application/json",
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
};

/** `backpressured`: taken, but the reader is behind, `drain` follows. `dropped`: the socket is closed or too slow. */
export type SendResult = "ok" | "backpressured" | "dropped";

/** One open socket. After `close` (by either side) every call is harmless and does nothing. */
export interface Socket<D> {
  readonly data: D;
  send(text: string): SendResult;
  /** Runs `work`, whose sends leave in as few packets as the driver can. */
  cork(work: () => void): void;
  /** From this call on the socket gets what is published under the topic; nothing that was published before. */
  subscribe(topic: string): void;
  unsubscribe(topic: string): void;
  /** Sends what is queued and a close frame. `handlers.close` runs before this returns. */
  close(code: number, reason: string): void;
  /** Bytes that the reader has not taken yet. */
  bufferedAmount(): number;
}

/** What the relay does with sockets. */
export interface TransportHandlers<D> {
  /** Decides on an upgrade; a rejection is answered with 500. */
  upgrade(request: UpgradeRequest): Promise<UpgradeAnswer<D>>;
  open(socket: Socket<D>): void;
  message(socket: Socket<D>, text: string): void;
  /** The reader took something: `bufferedAmount` is lower than it was. */
  drain(socket: Socket<D>): void;
  /** Once for every `open`, with the code that either side closed with (1006: none). */
  close(socket: Socket<D>, code: number): void;
  /** Body of `GET /healthz`. */
  health(): Record<string, unknown>;
  /** The answer to another plain request; null: nothing is there. */
  page?(request: PageRequest): Promise<PageAnswer | null>;
}

export interface TransportOptions {
  /** A reader that is further behind is closed with 4408. */
  maxBufferBytes: number;
  /** Largest frame from a client; a larger one closes its socket with 4400. */
  maxPayloadBytes: number;
  /** A socket that is silent that long, pings included, is closed. */
  idleTimeoutS: number;
}

/** A frame that is larger than that is not read to its end: the connection is cut (1006), whoever sends it. */
export const unreadableBytes = 1024 * 1024;

/** Why a frame was one too large. */
export function tooLarge({ maxPayloadBytes }: Pick<TransportOptions, "maxPayloadBytes">): string {
  return `a frame has at most ${maxPayloadBytes} bytes`;
}

/** Carries sockets. Two drivers, one conformance suite: uWebSockets.js, and `ws` where it has no binary. */
export interface Transport {
  readonly driver: "uws" | "ws";
  /** Resolves with the port; rejects with ListenError when the address cannot be had. */
  listen(host: string, port: number): Promise<number>;
  /** Sends to every subscriber of the topic, in the order of the calls, also with regard to `send`. */
  publish(topic: string, text: string): void;
  /** Stops listening; sockets stay. */
  stopListening(): void;
  /** Stops listening and cuts off whatever is still open. */
  close(): Promise<void>;
}

/** Opens a transport for these handlers; nothing listens yet. */
export type TransportFactory = <D>(handlers: TransportHandlers<D>, options: TransportOptions) => Promise<Transport>;

/** The address cannot be listened on; the message is one sentence for the operator. */
export class ListenError extends Error {
  override readonly name = "ListenError";
  constructor(host: string, port: number, code = "EADDRINUSE") {
    super(
      code === "EADDRINUSE"
        ? `port ${port} on ${host} is taken: stop what listens there, or set RELAY_PORT`
        : `cannot listen on ${host}:${port} (${code})`,
    );
  }
}

/** Close codes of CONTRACT.md 5. */
export const closeCodes = {
  leaving: 1001,
  restart: 1012,
  tryAgainLater: 1013,
  badFrame: 4400,
  badToken: 4401,
  noRight: 4403,
  tooSlow: 4408,
  tooManyFrames: 4429,
} as const;

/** The answer to a plain HTTP request: health, a page, or 404. Never rejects. */
export async function plainAnswer(
  request: PageRequest,
  handlers: Pick<TransportHandlers<never>, "health" | "page">,
): Promise<PageAnswer> {
  const contentType = "application/json";
  if (/^\/healthz\/?$/.test(request.path)) return { status: 200, contentType, body: JSON.stringify(handlers.health()) };
  try {
    const page = await handlers.page?.(request);
    if (page) return page;
  } catch {
    const body = { status: "internal_error", detail: "The page failed." };
    return { status: 500, contentType, body: JSON.stringify(body) };
  }
  return { status: 404, contentType, body: JSON.stringify({ status: "not_found", detail: "Only sockets live here." }) };
}
