import { type ConnectOptions, LiveClient, type LiveClientOptions, type LiveState } from "./live-client.js";
import { chatAddressOf, postMessage } from "./post-message.js";
import type { ServerFrame } from "./stream-log.js";

/** What a message came to: it is stored. */
export interface Stored {
  messageId: number;
  seq: number;
}

/** The desk would not store a message; `status` says why (`not_assigned_to_you`, `invalid_body` …). */
export class SayError extends Error {
  override readonly name = "SayError";
  readonly status: string;
  readonly frame: ServerFrame;
  constructor(frame: ServerFrame) {
    super(String(frame.detail ?? "refused"));
    this.status = String(frame.status);
    this.frame = frame;
  }
}

/** What may be said with a message besides its text. */
export interface SayOptions {
  /** The same one again is the same message. Made up where it is left out. */
  clientId?: string;
  metadata?: Record<string, unknown>;
  attachmentId?: number;
  /** A note never leaves the agents. */
  isNote?: boolean;
}

interface Pending {
  frame: Record<string, unknown>;
  isSent: boolean;
  resolve: (stored: Stored) => void;
  reject: (error: Error) => void;
}

const againAfterMs = 1000;
/** The desk could not, this time. */
const passing = new Set(["unavailable", "overloaded", "internal_error"]);

/**
 * A conversation over `/ws/chat/<id>/`: what is said here is stored once, however often the connection is lost meanwhile,
 * and in the order in which it was said. While no socket opens it is said over HTTP.
 */
export class ChatClient {
  readonly #live: LiveClient;
  /** Where messages are posted while no socket opens; null: nowhere. */
  #address: string | null = null;
  #isPosting = false;
  readonly #pending = new Map<string, Pending>();
  #again: ReturnType<typeof setTimeout> | undefined;

  constructor(options: LiveClientOptions) {
    this.#live = new LiveClient({
      ...options,
      onFrame: (frame) => {
        if (!this.#answered(frame)) options.onFrame(frame);
      },
      onHello: (hello) => {
        // What was on its way on the old connection may not have come.
        for (const item of this.#pending.values()) item.isSent = false;
        options.onHello?.(hello);
        this.#pump();
      },
      onState: (state, close) => {
        options.onState?.(state, close);
        if (state === "polling") void this.#postAll();
      },
    });
  }

  get state(): LiveState {
    return this.#live.state;
  }

  /** Last position delivered. */
  get pos(): number | null {
    return this.#live.pos;
  }

  /** Connects to `ws://…/ws/chat/<id>/` and stays connected until `close`. */
  connect(url: string, options: ConnectOptions = {}): void {
    this.#address = chatAddressOf(url);
    this.#live.connect(url, options);
  }

  /** Says something; resolves once it is stored, also over a later connection. Rejects with a SayError, or at `close`. */
  say(text: string, options: SayOptions = {}): Promise<Stored> {
    const clientId = options.clientId ?? newId();
    return new Promise((resolve, reject) => {
      const frame = {
        type: "message",
        text,
        client_id: clientId,
        ...(options.metadata ? { metadata: options.metadata } : {}),
        ...(options.attachmentId === undefined ? {} : { attachment_id: options.attachmentId }),
        ...(options.isNote ? { message_type: "note" } : {}),
      };
      this.#pending.set(clientId, { frame, isSent: false, resolve, reject });
      this.#pump();
    });
  }

  /** Says how far its reader has read. false: not connected now. */
  read(upTo: number): boolean {
    return this.#live.send({ type: "read", up_to: upTo });
  }

  /** Says that its user types; it ends by itself 5 s after the last time. false: not connected now. */
  typing(isTyping: boolean): boolean {
    return this.#live.send({ type: "typing", is_typing: isTyping });
  }

  /** Comes back at once where it would wait. */
  reconnectNow(): void {
    this.#live.reconnectNow();
  }

  /** Leaves for good; what is not stored yet is rejected. */
  close(code = 1000, reason = ""): void {
    clearTimeout(this.#again);
    this.#live.close(code, reason);
    for (const { reject } of this.#pending.values()) reject(new Error("closed before it was stored"));
    this.#pending.clear();
  }

  /** One at a time: what comes behind one that the desk could not store would otherwise be stored before it. */
  #pump(): void {
    if (this.#live.state === "polling") void this.#postAll();
    if (this.#live.state !== "open") return;
    const [item] = this.#pending.values();
    if (item && !item.isSent) item.isSent = this.#live.send(item.frame);
  }

  /** Says over HTTP what is not stored yet, in order, as long as no socket opens. */
  async #postAll(): Promise<void> {
    if (this.#isPosting || this.#address === null) return;
    this.#isPosting = true;
    try {
      while (this.#live.state === "polling") {
        const [item] = this.#pending.values();
        if (!item) return;
        const answer = await postMessage(this.#address, item.frame, (again) => this.#live.token(again));
        if (answer) this.#answered(answer);
        else return this.#soon();
      }
    } finally {
      this.#isPosting = false;
    }
  }

  #soon(): void {
    clearTimeout(this.#again);
    this.#again = setTimeout(() => this.#pump(), againAfterMs);
  }

  /** Whether the frame was the answer to something that was said here. */
  #answered(frame: ServerFrame): boolean {
    if (frame.type !== "ack" && frame.type !== "error") return false;
    const item = this.#pending.get(String(frame.client_id));
    if (!item) return false;
    if (frame.type === "error" && passing.has(String(frame.status))) {
      item.isSent = false;
      this.#soon();
      return true;
    }
    this.#pending.delete(String(frame.client_id));
    if (frame.type === "ack") item.resolve({ messageId: Number(frame.message_id), seq: Number(frame.seq) });
    else item.reject(new SayError(frame));
    this.#pump();
    return true;
  }
}

function newId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
