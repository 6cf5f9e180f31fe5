import { Backoff } from "./backoff.js";
import { LongPoll, type PollAnswer, type PollEnd, pollAddressOf } from "./long-poll.js";
import type { SocketConstructor, SocketLike } from "./socket-like.js";
import { frameOf, type ServerFrame, StreamLog, type Taken } from "./stream-log.js";
import { TokenKeeper, type TokenSource } from "./token-keeper.js";

/** First frame of every connection (CONTRACT.md 5). */
export interface Hello {
  epoch: string;
  stream: string;
  pos: number;
  oldest: number;
  heartbeat_ms: number;
}

/**
 * `polling`: no socket opens, the same frames come by long polls, and a socket is tried now and then. `waiting`: it comes
 * back by itself. `closed`: for good, by `close()` or because its right is gone.
 */
export type LiveState = "connecting" | "open" | "polling" | "waiting" | "closed";

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
  /** false: frames that follow each other come one by one. Default true. */
  batch?: boolean;
  /**
   * Where to poll when no socket opens (`https://…/api/events/?stream=<s>`); default: the socket's own host. false: never.
   * `fetch` is the global one.
   */
  poll?: string | false;
}

export interface ConnectOptions {
  /** Travels as a subprotocol, never in the address. A function is asked at every connection, and before the token ends. */
  token?: TokenSource;
  /** Resume after this position; without it from the head. */
  since?: number;
  epoch?: string;
}

const openState = 1;
/** The user's right is gone: coming back by itself would be refused again. */
const finalCodes = new Set([4403]);
const badToken = 4401;
const noRight = 4403;
/** After so many connections that never said hello it polls as well. */
const pollAfter = 3;
/** A handshake that was lost on the way is tried again by the system for minutes. */
const helloWithinMs = 15_000;

/**
 * A live stream over any number of connections: what `onFrame` has been given is the stream's log without a hole and
 * without a double, from where it started or from the last `onResync`.
 */
export class LiveClient {
  readonly #options: LiveClientOptions;
  readonly #backoff: Backoff;
  readonly #log = new StreamLog();
  #url = "";
  #token = new TokenKeeper(undefined);
  #socket: SocketLike | null = null;
  #state: LiveState = "closed";
  /** Rises with every try: a token that comes late belongs to an old one. */
  #attempt = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #heartbeat: ReturnType<typeof setInterval> | undefined;
  #late: ReturnType<typeof setTimeout> | undefined;
  /** Something came since the last look. */
  #heard = false;
  /** Connections in a row that never said hello. */
  #failures = 0;
  #poll: LongPoll | null = null;
  /** There is nothing to poll at that address. */
  #isPollVain = false;

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
    this.#token = new TokenKeeper(options.token);
    this.#failures = 0;
    this.#isPollVain = false;
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

  /** The token that it holds now; asks for one where it has none, or (`again`) where that one was refused. */
  async token(again = false): Promise<string | undefined> {
    return again || this.#token.last === undefined ? this.#token.ask() : this.#token.last;
  }

  /** Comes back at once where it would wait: the network is there again, or somebody looks. */
  reconnectNow(): void {
    if (this.#socket || (this.#state !== "waiting" && this.#state !== "polling")) return;
    clearTimeout(this.#retry);
    this.#backoff.reset();
    void this.#open();
  }

  /** Leaves for good; `connect` starts anew. */
  close(code = 1000, reason = ""): void {
    clearTimeout(this.#retry);
    this.#attempt++;
    this.#stopPoll();
    const socket = this.#drop();
    if (socket && socket.readyState <= openState) socket.close(code, reason);
    this.#enter("closed", { code, reason });
  }

  async #open(): Promise<void> {
    const attempt = ++this.#attempt;
    if (this.#state !== "polling") this.#enter("connecting");
    let token: string | undefined;
    try {
      token = await this.#token.ask();
    } catch {
      if (attempt === this.#attempt) this.#comeBack({ code: badToken, reason: "no token" });
      return;
    }
    if (attempt !== this.#attempt) return;
    const socket = new this.#options.socket(this.#address(), token === undefined ? [] : ["bearer", token]);
    this.#socket = socket;
    socket.onmessage = ({ data }) => this.#message(String(data));
    socket.onerror = () => undefined;
    socket.onclose = ({ code, reason }) => {
      if (this.#socket === socket) this.#comeBack({ code, reason: String(reason) });
    };
    this.#late = setTimeout(() => this.#giveUp("no hello"), helloWithinMs);
  }

  #address(): string {
    const url = new URL(this.#url);
    if (this.#log.pos !== null) url.searchParams.set("since", String(this.#log.pos));
    if (this.#log.epoch !== null) url.searchParams.set("epoch", this.#log.epoch);
    if (this.#options.batch !== false) url.searchParams.set("batch", "1");
    return url.href;
  }

  #message(text: string): void {
    this.#heard = true;
    const socket = this.#socket;
    const frame = frameOf(text);
    if (!frame) {
      this.#comeBack({ code: 1007, reason: "not a frame" });
      socket?.close();
      return;
    }
    // The answer to a token that was renewed here.
    if (frame.type === "auth") return;
    const taken = this.#log.take(frame);
    if (frame.type === "hello") this.#greet(frame as unknown as Hello);
    if (this.#hand(taken, () => this.#socket === socket) && taken.ask) this.send(taken.ask);
  }

  /** Hands on what follows from a frame; false when its listener has left meanwhile. */
  #hand({ deliver, resync }: Taken, isHere: () => boolean): boolean {
    for (const item of deliver) {
      this.#options.onFrame(item);
      if (!isHere()) return false;
    }
    if (resync) this.#options.onResync?.(resync);
    return isHere();
  }

  #greet(hello: Hello): void {
    this.#backoff.reset();
    this.#failures = 0;
    this.#stopPoll();
    clearTimeout(this.#late);
    this.#token.keep((token) => this.send({ type: "auth", token }));
    clearInterval(this.#heartbeat);
    this.#heartbeat = setInterval(() => this.#beat(), hello.heartbeat_ms);
    this.#enter("open");
    this.#options.onHello?.(hello);
  }

  /** A connection that is silent, even when it is pinged, is dead. */
  #beat(): void {
    if (!this.#heard) {
      this.#giveUp("silent");
      return;
    }
    this.#heard = false;
    this.send({ type: "ping" });
  }

  #giveUp(reason: string): void {
    const socket = this.#socket;
    this.#comeBack({ code: 1006, reason });
    socket?.close();
  }

  #comeBack(close: { code: number; reason: string }): void {
    this.#drop();
    // A fixed token that was refused is refused again; one that is asked for may be a new one.
    const final = finalCodes.has(close.code) || (close.code === badToken && !this.#token.isRenewable);
    if (final || this.#options.reconnect === false) {
      this.#stopPoll();
      this.#enter("closed", close);
      return;
    }
    clearTimeout(this.#retry);
    const waitMs = this.#backoff.next(close.reason);
    this.#failures++;
    if (this.#failures >= pollAfter) this.#startPoll();
    if (this.#state !== "polling") this.#enter("waiting", close);
    this.#retry = setTimeout(() => void this.#open(), waitMs);
  }

  #startPoll(): void {
    const { poll: given, backoffMs } = this.#options;
    const url = given === false ? null : (given ?? pollAddressOf(this.#url));
    if (this.#poll || this.#isPollVain || url === null) return;
    const poll = new LongPoll({
      url,
      fetch: (input, init) => fetch(input, init),
      token: (again) => this.token(again),
      isRenewable: this.#token.isRenewable,
      where: () => ({ since: this.#log.pos, epoch: this.#log.epoch }),
      onAnswer: (answer) => this.#polled(poll, answer),
      onEnd: (why) => this.#pollEnded(why),
      backoff: new Backoff(backoffMs?.min ?? 250, backoffMs?.max ?? 10_000),
    });
    this.#poll = poll;
    poll.start();
  }

  #polled(poll: LongPoll, { stream, epoch, pos, oldest, frames }: PollAnswer): void {
    if (this.#log.pos === null) this.#log.take({ type: "hello", epoch, stream, pos, oldest });
    this.#enter("polling");
    for (const frame of frames) {
      if (this.#poll !== poll || !this.#hand(this.#log.take(frame), () => this.#poll === poll)) return;
    }
  }

  #pollEnded(why: PollEnd): void {
    this.#stopPoll();
    if (why === "not here") {
      this.#isPollVain = true;
      if (this.#state === "polling") this.#enter("waiting");
      return;
    }
    const [code, reason] = why === "token" ? [badToken, "the token was refused"] : [noRight, "no right"];
    this.close(code, reason);
  }

  #stopPoll(): void {
    this.#poll?.stop();
    this.#poll = null;
  }

  #drop(): SocketLike | null {
    clearInterval(this.#heartbeat);
    clearTimeout(this.#late);
    this.#token.stop();
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
