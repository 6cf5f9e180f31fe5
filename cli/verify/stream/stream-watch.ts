import { LiveClient, type LiveState } from "../../../src/console/live/live-client.js";
import type { SocketConstructor } from "../../../src/console/live/socket-like.js";
import type { ServerFrame } from "../../../src/console/live/stream-log.js";
import { RawSocket } from "../../socket-factory.js";
import { type SeenFrame, seenFrames } from "./seen-frame.js";
import { newWireFaults, type WireFaults, WireLog } from "./wire-log.js";

export interface WatchOptions {
  url: string;
  token: string;
  /** Start after that position; left out: at the head. */
  since?: number;
  epoch?: string;
  /** Every durable frame that the client delivers, in its order. */
  onFrame: (frame: ServerFrame) => void;
  /** Every durable frame as it came over the wire, doubles too. */
  onWire?: (frame: SeenFrame) => void;
  backoffMs?: { min: number; max: number };
}

/** `hello` and `resync_required` have a position, too: the stream's. */
const isDurable = ({ type, pos }: Readonly<Record<string, unknown>>): boolean =>
  typeof pos === "number" && type !== "hello" && type !== "resync_required";

/**
 * A client of a stream over any number of connections. It is looked at twice: what came over each wire, and what the live
 * client made of it. Both must be the stream's log (I4).
 */
export class StreamWatch {
  wire: WireFaults = newWireFaults();
  /** Frames that the live client delivered. */
  delivered = 0;
  /** Those of them that were not above the one before. */
  doubles = 0;
  /** Positions that the server said this reader may not see. */
  skipped = 0;
  /** Connections that said hello. */
  connections = 0;
  /** Position before the first frame; null before the first hello. */
  from: number | null = null;
  readonly #client: LiveClient;
  readonly #options: WatchOptions;
  #socket: RawSocket | null = null;
  #last: number | null = null;

  constructor(options: WatchOptions) {
    this.#options = options;
    this.#client = new LiveClient({
      socket: this.#tapped(),
      // What is judged is what sockets bring.
      poll: false,
      backoffMs: options.backoffMs ?? { min: 100, max: 2000 },
      onHello: (hello) => {
        this.connections++;
        this.from ??= options.since ?? hello.pos;
        this.#last ??= this.from;
      },
      onFrame: (frame) => this.#take(frame),
    });
  }

  get state(): LiveState {
    return this.#client.state;
  }

  /** The last position that it has, what was skipped included. */
  get pos(): number | null {
    return this.#client.pos;
  }

  get epoch(): string | null {
    return this.#client.epoch;
  }

  open(): void {
    const { url, token, since, epoch } = this.#options;
    this.#client.connect(url, {
      token,
      ...(since === undefined ? {} : { since }),
      ...(epoch === undefined ? {} : { epoch }),
    });
  }

  /** Cuts the connection without a word, as a lost network does; the client comes back by itself. */
  cut(): void {
    this.#socket?.terminate();
  }

  /** Closes it as a server would see a client leave; the client comes back by itself. */
  hangUp(): void {
    this.#socket?.close(1001);
  }

  close(): void {
    this.#client.close();
  }

  /** Positions up to where it stands of which it heard neither what they were nor that they were skipped. */
  get holes(): number {
    return (this.#client.pos ?? 0) - (this.from ?? 0) - (this.delivered - this.doubles) - this.skipped;
  }

  /** From here on it counts for nothing: it was closed, and its figures are kept elsewhere. */
  forgetFigures(): void {
    this.connections = 0;
    this.delivered = 0;
    this.doubles = 0;
    this.skipped = 0;
    this.from = this.#client.pos;
    this.wire = newWireFaults();
  }

  #take(frame: ServerFrame): void {
    if (typeof frame.pos !== "number") return;
    this.delivered++;
    if (frame.pos <= (this.#last ?? 0)) this.doubles++;
    this.#last = Math.max(this.#last ?? 0, frame.pos);
    this.#options.onFrame(frame);
  }

  #skip(frame: Readonly<Record<string, unknown>>): void {
    const from = Math.max(Number(frame.from), (this.#last ?? 0) + 1);
    if (from > Number(frame.to)) return;
    this.skipped += Number(frame.to) - from + 1;
    this.#last = Number(frame.to);
  }

  /** The socket of every connection, listened to before the live client hears anything. */
  #tapped(): SocketConstructor {
    const watch = this;
    class Tapped extends RawSocket {
      constructor(url: string, protocols?: string[]) {
        super(url, protocols);
        const since = new URL(url).searchParams.get("since");
        const log = new WireLog(since === null ? null : Number(since), watch.wire);
        watch.#socket = this;
        this.on("message", (data) => {
          for (const frame of seenFrames(String(data))) {
            const { fields } = frame;
            log.take(fields);
            if (fields.type === "skip") watch.#skip(fields);
            else if (isDurable(fields)) watch.#options.onWire?.(frame);
          }
        });
        const send = this.send.bind(this) as (data: string) => void;
        this.send = ((data: string) => {
          const asked = /^\{"type":"resume","since":(\d+)/.exec(data)?.[1];
          if (asked !== undefined) log.asked(Number(asked));
          send(data);
        }) as typeof this.send;
        this.on("error", () => undefined);
      }
    }
    return Tapped as unknown as SocketConstructor;
  }
}
