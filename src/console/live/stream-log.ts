/** A frame as the server sends it; durable ones carry `stream` and `pos`. */
export interface ServerFrame {
  type: string;
  stream?: string;
  pos?: number;
  [field: string]: unknown;
}

/** A text as a frame; null: it is none. */
export function frameOf(text: string): ServerFrame | null {
  try {
    const frame: unknown = JSON.parse(text);
    return typeof frame === "object" && frame !== null && "type" in frame ? (frame as ServerFrame) : null;
  } catch {
    return null;
  }
}

/** What follows from a frame: what to hand on, what to ask the server, and whether to start over. */
export interface Taken {
  deliver: ServerFrame[];
  ask: { type: "resume"; since: number; epoch: string | null } | null;
  resync: { epoch: string; oldest: number; pos: number | null } | null;
}

/** Follows one stream by position: drops doubles, sees holes. No I/O, no clock. */
export class StreamLog {
  #pos: number | null = null;
  #epoch: string | null = null;
  /** A resume was asked for and its first frame is not here yet. */
  #asked = false;

  get pos(): number | null {
    return this.#pos;
  }

  get epoch(): string | null {
    return this.#epoch;
  }

  reset(pos: number | null, epoch: string | null): void {
    this.#pos = pos;
    this.#epoch = epoch;
    this.#asked = false;
  }

  /** Takes one frame of the current connection, in the order in which they came. */
  take(frame: ServerFrame): Taken {
    const taken: Taken = { deliver: [], ask: null, resync: null };
    this.#take(frame, taken);
    return taken;
  }

  #take(frame: ServerFrame, taken: Taken): void {
    switch (frame.type) {
      case "pong":
        break;
      case "hello":
        this.#hello(frame);
        break;
      case "resync_required":
        this.#resync(frame, taken);
        break;
      case "batch":
        for (const item of (frame.frames ?? []) as ServerFrame[]) this.#take(item, taken);
        break;
      case "skip":
        this.#reach(Number(frame.from), Number(frame.to), taken);
        break;
      default:
        if (typeof frame.pos !== "number" || this.#reach(frame.pos, frame.pos, taken)) taken.deliver.push(frame);
    }
  }

  /** A new connection: what was asked for on the old one is void. Without a position it starts at the head. */
  #hello(frame: ServerFrame): void {
    this.#asked = false;
    this.#epoch ??= String(frame.epoch);
    this.#pos ??= frame.pos ?? null;
  }

  #resync(frame: ServerFrame, taken: Taken): void {
    this.#asked = false;
    this.#pos = frame.pos ?? null;
    this.#epoch = String(frame.epoch);
    taken.resync = { epoch: this.#epoch, oldest: Number(frame.oldest), pos: this.#pos };
  }

  /** Moves to `to` if `from` is what follows (or lies within what it has); asks again when there is a hole. */
  #reach(from: number, to: number, taken: Taken): boolean {
    if (this.#pos === null || (from <= this.#pos + 1 && to > this.#pos)) {
      this.#pos = to;
      this.#asked = false;
      return true;
    }
    if (to > this.#pos && !this.#asked) {
      this.#asked = true;
      taken.ask = { type: "resume", since: this.#pos, epoch: this.#epoch };
    }
    return false;
  }
}
