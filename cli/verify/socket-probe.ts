import { RawSocket } from "../socket-factory.js";

/** A frame as it came. */
export type SocketFrame = Record<string, unknown>;

export interface SocketDoor {
  /** `ws://…`, without a token. */
  url: string;
  token: string | null;
  /** How the token travels. */
  by: "query" | "subprotocol" | "header";
}

const openWithinMs = 10_000;

/** One socket, driven by hand: refused with a status, or open with every frame that came. */
export class SocketProbe {
  readonly #socket: RawSocket;
  readonly frames: SocketFrame[] = [];
  readonly #onFrame: (frame: SocketFrame, text: string) => void;
  #closed: number | null = null;
  #changed: () => void = () => undefined;

  private constructor(socket: RawSocket, onFrame: (frame: SocketFrame, text: string) => void) {
    this.#socket = socket;
    this.#onFrame = onFrame;
    socket.on("message", (data) => this.#take(String(data)));
    socket.on("close", (code) => {
      this.#closed = code;
      this.#changed();
    });
    socket.on("error", () => undefined);
  }

  /** Tries the door: 101 and the open socket, or the status of the refusal. Rejects when there is no answer at all. */
  static open(
    { url, token, by }: SocketDoor,
    onFrame: (frame: SocketFrame, text: string) => void = () => undefined,
  ): Promise<{ status: number; probe: SocketProbe | null }> {
    const asked = token !== null && by === "query" ? `${url}${url.includes("?") ? "&" : "?"}token=${token}` : url;
    const protocols = token !== null && by === "subprotocol" ? ["bearer", token] : [];
    const headers = token !== null && by === "header" ? { authorization: `Bearer ${token}` } : {};
    const socket = new RawSocket(asked, protocols, { headers, handshakeTimeout: openWithinMs });
    const probe = new SocketProbe(socket, onFrame);
    return new Promise((resolve, reject) => {
      socket.on("open", () => resolve({ status: 101, probe }));
      socket.on("unexpected-response", (_request, answer) => {
        answer.resume();
        socket.terminate();
        resolve({ status: answer.statusCode ?? 0, probe: null });
      });
      socket.on("error", reject);
    });
  }

  /** Close code; null while it is open. */
  get closed(): number | null {
    return this.#closed;
  }

  send(text: string): void {
    if (this.#closed === null) this.#socket.send(text);
  }

  /** Resolves true once `seen` holds or the socket is closed, false after `withinMs`. */
  async until(seen: () => boolean, withinMs = openWithinMs): Promise<boolean> {
    const end = Date.now() + withinMs;
    while (!seen() && this.#closed === null) {
      const leftMs = end - Date.now();
      if (leftMs <= 0) return false;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, leftMs);
        this.#changed = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    return true;
  }

  close(): void {
    this.#socket.close();
  }

  #take(text: string): void {
    const frame = JSON.parse(text) as SocketFrame;
    const inside = frame.type === "batch" && Array.isArray(frame.frames) ? (frame.frames as SocketFrame[]) : [frame];
    this.frames.push(...inside);
    this.#onFrame(frame, text);
    this.#changed();
  }
}

/** The last position that frames show, counting what was skipped. */
export function lastPosition(frames: readonly SocketFrame[]): number {
  return frames.reduce((last, { type, pos, to }) => {
    if (type === "hello" || type === "resync_required") return last;
    return Math.max(last, Number(type === "skip" ? to : (pos ?? 0)) || 0);
  }, 0);
}
