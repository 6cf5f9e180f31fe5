import { Backoff } from "./backoff.js";
import { type ServerFrame, StreamLog } from "./stream-log.js";

/** The part of the WebSocket interface that the client uses. */
export interface SocketLike {
  readyState: number;
  send(text: string): void;
  close(code?: number, reason?: string): void;
  onopen: ((event: never) => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number; reason: string }) => void) | null;
  onerror: ((event: never) => void) | null;
}

/** A browser's `WebSocket`, or one that behaves like it. */
export type SocketConstructor = new (url: string, protocols?: string[]) => SocketLike;

/** First frame of every connection (CONTRACT.md 5). */
export interface Hello {
  epoch: string;
  stream: string;
  pos: number;
  oldest: number;
  heartbeat_ms: number;
}

/** `waiting`: it comes back by itself. `closed`: for good, by `close()` or because its right is gone. */
export type LiveState = "connecting" | "open" | "waiting" | "closed";

export interface LiveClientOptions {
  /** The WebSocket constructor. */
  socket: SocketConstructor;
  /** Every durable frame once, in order of `pos`, and every frame without a position as it comes. */
  onFrame: (frame: ServerFrame) => void;
  onHello?: (hello: Hello) => void;
  /** The log does not reach back to where the client was: fetch the state anew; frames go on after `pos`. */
  onResync?: (resync: { epoch: string; oldest: number; pos: number | null }) => void;
  onState?: (state: LiveState, close?: { code: number; reason: string }) => void;
  /** false: stay away after the first close. Default true. */
  reconnect?: boolean;
  /** Bounds of the wait before it comes back, ms. Default 250 and 10,000. */
  backoffMs?: { min: number; max: number };
}

export interface ConnectOptions {
  /** Travels as a subprotocol, never in the address. A function is asked again at every connection. */
  token?: string | (() => string | Promise<string>);
  /** Resume after this position; without it from the head. */
  since?: number;
  epoch?: string;
}

function parse(text: string): ServerFrame | null {
  try {
    const frame: unknown = JSON.parse(text);
    return typeof frame === "object" && frame !== null && "type" in frame ? (frame as ServerFrame) : null;
  } catch {
    return null;
  }
}

const openState = 1;
/** The user's right is gone: coming back by itself would be refused again. */
const finalCodes = new Set([4403]);
const badToken = 4401;

/**
 * A live stream over any number of connections: what `onFrame` has been given is the stream's log without a hole and
 * without a double, from where it started or from the last `onResync`.
 */
export class LiveClient {
  readonly #options: LiveClientOptions;
  readonly #backoff: Backoff;
  readonly #log = new StreamLog();
  #url = "";
  #token: ConnectOptions["token"];
  #socket: SocketLike | null = null;
  #state: LiveState = "closed";
  /** Rises with every try: a token that comes late belongs to an old one. */
  #attempt = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #heartbeat: ReturnType<typeof setInterval> | undefined;
  /** Something came since the last look. */
  #heard = false;

  constructor(options: LiveClientOptions) {
    this.#options = options;
    this.#backoff = new Backoff(options.backoffMs?.min ?? 250, options.backoffMs?.max ?? 10_000);
  }

  get state(): LiveState {
    return this.#state;
  }

  /** Last position delivered; null before the first hello and after a resync that named none. */
  get pos(): number | null {
    return this.#log.pos;
  }

  get epoch(): string | null {
    return this.#log.epoch;
  }

  /** Connects to `ws://…/ws/agents/` and stays connected until `close`. */
  connect(url: string, options: ConnectOptions = {}): void {
    this.close();
    this.#url = url;
    this.#token = options.token;
    this.#log.reset(options.since ?? null, options.epoch ?? null);
    this.#backoff.reset();
    void this.#open();
  }

  /** Sends a client frame (`ping`, `auth` …). false: not connected now. */
  send(frame: Record<string, unknown>): boolean {
    if (this.#socket?.readyState !== openState) return false;
    this.#socket.send(JSON.stringify(frame));
    return true;
  }

  /** Leaves for good; `connect` starts anew. */
  close(code = 1000, reason = ""): void {
    clearTimeout(this.#retry);
    this.#attempt++;
    const socket = this.#drop();
    if (socket && socket.readyState <= openState) socket.close(code, reason);
    this.#enter("closed", { code, reason });
  }

  async #open(): Promise<void> {
    const attempt = ++this.#attempt;
    this.#enter("connecting");
    let token: string | undefined;
    try {
      token = typeof this.#token === "function" ? await this.#token() : this.#token;
    } catch {
      if (attempt === this.#attempt) this.#comeBack({ code: badToken, reason: "no token" });
      return;
    }
    if (attempt !== this.#attempt || this.#state !== "connecting") return;
    const socket = new this.#options.socket(this.#address(), token === undefined ? [] : ["bearer", token]);
    this.#socket = socket;
    socket.onmessage = ({ data }) => this.#message(String(data));
    socket.onerror = () => undefined;
    socket.onclose = ({ code, reason }) => {
      if (this.#socket === socket) this.#comeBack({ code, reason: String(reason) });
    };
  }

  #address(): string {
    const url = new URL(this.#url);
    if (this.#log.pos !== null) url.searchParams.set("since", String(this.#log.pos));
    if (this.#log.epoch !== null) url.searchParams.set("epoch", this.#log.epoch);
    return url.href;
  }

  #message(text: string): void {
    this.#heard = true;
    const socket = this.#socket;
    const frame = parse(text);
    if (!frame) {
      this.#comeBack({ code: 1007, reason: "not a frame" });
      socket?.close();
      return;
    }
    const { deliver, ask, resync } = this.#log.take(frame);
    if (frame.type === "hello") this.#greet(frame as unknown as Hello);
    for (const item of deliver) {
      this.#options.onFrame(item);
      if (this.#socket !== socket) return;
    }
    if (resync) this.#options.onResync?.(resync);
    if (ask) this.send(ask);
  }

  #greet(hello: Hello): void {
    this.#backoff.reset();
    clearInterval(this.#heartbeat);
    this.#heartbeat = setInterval(() => this.#beat(), hello.heartbeat_ms);
    this.#enter("open");
    this.#options.onHello?.(hello);
  }

  /** A connection that is silent, even when it is pinged, is dead. */
  #beat(): void {
    if (!this.#heard) {
      const socket = this.#socket;
      this.#comeBack({ code: 1006, reason: "silent" });
      socket?.close();
      return;
    }
    this.#heard = false;
    this.send({ type: "ping" });
  }

  #comeBack(close: { code: number; reason: string }): void {
    this.#drop();
    // A fixed token that was refused is refused again; one that is asked for may be a new one.
    const final = finalCodes.has(close.code) || (close.code === badToken && typeof this.#token !== "function");
    const stays = final || this.#options.reconnect === false;
    this.#enter(stays ? "closed" : "waiting", close);
    if (this.#state !== "waiting") return;
    this.#retry = setTimeout(() => void this.#open(), this.#backoff.next(close.reason));
  }

  #drop(): SocketLike | null {
    clearInterval(this.#heartbeat);
    const socket = this.#socket;
    this.#socket = null;
    if (socket) {
      socket.onmessage = null;
      socket.onclose = null;
    }
    return socket;
  }

  #enter(state: LiveState, close?: { code: number; reason: string }): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#options.onState?.(state, close);
  }
}
