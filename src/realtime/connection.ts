import { Refusal } from "../domain/errors.js";
import type { Logger } from "../runtime/logger.js";
import { type AuthenticateOptions, type Viewer, viewerOf } from "./authenticate.js";
import type { ChatSpeaker } from "./chat-speaker.js";
import { FrameBudget, parseClientFrame } from "./client-frames.js";
import type { Traffic } from "./meter-relay.js";
import type { Session } from "./session.js";
import { closeCodes, type Socket } from "./transport.js";

/** Frames a second that a client may send. */
const framesPerSecond = 30;
/** setTimeout takes no more. */
const longestTimerMs = 2 ** 31 - 1;

/** One socket with its user: what the client says, when its token ends, and the line that the log keeps of it. */
export class Connection {
  readonly #socket: Pick<Socket<unknown>, "send" | "close" | "bufferedAmount">;
  readonly #session: Session;
  readonly #stream: string;
  readonly #address: string;
  readonly #auth: AuthenticateOptions;
  readonly #logger: Logger;
  readonly #budget = new FrameBudget(framesPerSecond);
  readonly #openedAt = performance.now();
  #viewer: Viewer;
  #framesIn = 0;
  #expiry: NodeJS.Timeout | undefined;
  #ended = false;
  /** Does what is said in a conversation's room; null: this is none. */
  speaker: Pick<ChatSpeaker, "hear"> | null = null;

  constructor(given: {
    socket: Pick<Socket<unknown>, "send" | "close" | "bufferedAmount">;
    session: Session;
    stream: string;
    address: string;
    viewer: Viewer;
    auth: AuthenticateOptions;
    logger: Logger;
  }) {
    this.#socket = given.socket;
    this.#session = given.session;
    this.#stream = given.stream;
    this.#address = given.address;
    this.#viewer = given.viewer;
    this.#auth = given.auth;
    this.#logger = given.logger;
    this.#armExpiry();
  }

  get viewer(): Viewer {
    return this.#viewer;
  }

  /** Frames and bytes so far. */
  get traffic(): Traffic {
    const { frames, bytes } = this.#session.sent;
    return { framesSent: frames, bytesSent: bytes, framesReceived: this.#framesIn };
  }

  /** What the client has not taken yet. */
  get bufferedBytes(): number {
    return this.#socket.bufferedAmount();
  }

  /** null: a watcher. */
  get userId(): number | null {
    return this.#viewer.actor.id;
  }

  drained(): void {
    this.#session.drained();
  }

  /** Sends a frame that has no position, while the socket is open. */
  say(frame: Record<string, unknown>): void {
    if (!this.#ended) this.#session.say(frame);
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, reason);
  }

  /** A frame from the client. What is not understood is answered, and the socket stays open. */
  message(text: string): void {
    this.#framesIn++;
    if (!this.#budget.take(performance.now())) {
      this.close(closeCodes.tooManyFrames, `more than ${framesPerSecond} frames a second`);
      return;
    }
    const frame = parseClientFrame(text, this.speaker ? "chat" : "agents");
    if (frame.type === "error") this.#session.say(frame);
    else if (frame.type === "chat") this.speaker?.hear(frame.act);
    else if (frame.type === "ping") this.#session.say({ type: "pong" });
    else if (frame.type === "resume") this.#session.resume(frame.since, frame.epoch);
    else void this.#renew(frame.token);
  }

  /** Leaves the stream; writes the session's one line. */
  ended(code: number): void {
    this.#ended = true;
    clearTimeout(this.#expiry);
    const { frames, bytes } = this.#session.end();
    const { id, role } = this.#viewer.actor;
    this.#logger.info(
      {
        user: id,
        role,
        stream: this.#stream,
        address: this.#address,
        frames,
        bytes,
        framesIn: this.#framesIn,
        durationMs: Math.round(performance.now() - this.#openedAt),
        code,
      },
      "socket",
    );
  }

  /** Takes the same user's new token; another user's closes the socket, a bad one is answered and changes nothing. */
  async #renew(token: string): Promise<void> {
    let viewer: Viewer;
    try {
      viewer = await viewerOf(token, this.#auth);
    } catch (error) {
      const known = error instanceof Refusal;
      const status = known ? error.code : "unavailable";
      const detail = known ? error.message : "The token cannot be checked now.";
      if (!this.#ended) this.#session.say({ type: "error", status, detail });
      return;
    }
    if (this.#ended) return;
    if (viewer.actor.id !== this.#viewer.actor.id) return this.close(closeCodes.badToken, "another user's token");
    if (viewer.actor.role !== this.#viewer.actor.role) return this.close(closeCodes.noRight, "the role has changed");
    this.#viewer = viewer;
    this.#armExpiry();
    const expiresAt = viewer.expiresAtMs === null ? null : new Date(viewer.expiresAtMs).toISOString();
    this.#session.say({ type: "auth", expires_at: expiresAt });
  }

  #armExpiry(): void {
    clearTimeout(this.#expiry);
    if (this.#viewer.expiresAtMs === null) return;
    const leftMs = Math.max(0, this.#viewer.expiresAtMs - Date.now());
    this.#expiry = setTimeout(
      () => (leftMs > longestTimerMs ? this.#armExpiry() : this.close(closeCodes.badToken, "the token has expired")),
      Math.min(leftMs, longestTimerMs),
    );
    this.#expiry.unref();
  }
}
