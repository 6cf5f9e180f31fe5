import { epochOf } from "../commands/part-epoch.js";
import { withDeadline } from "../runtime/deadline.js";
import type { Frame, StreamHead } from "./event-log.js";
import type { LiveTopic } from "./live-topic.js";
import { Outlet } from "./outlet.js";
import type { PageReader } from "./page-reader.js";
import { patientRead } from "./patient-read.js";
import type { ReplayKind, SessionLimits, SessionWishes } from "./session-terms.js";
import { SightFilter } from "./sight-filter.js";
import type { NarrowedListener, Stream } from "./streams.js";
import { closeCodes, type Socket } from "./transport.js";
import type { View } from "./view.js";

/** What the session needs of its socket. */
export type SessionSocket = Pick<
  Socket<unknown>,
  "send" | "cork" | "subscribe" | "unsubscribe" | "close" | "bufferedAmount"
>;

const ringChunk = 200;

/** A position as a client names it: a whole number from 0 on, or digits; null for anything else. */
export function positionOf(value: unknown): number | null {
  const number = typeof value === "string" && /^\d{1,16}$/.test(value) ? Number(value) : value;
  return typeof number === "number" && Number.isSafeInteger(number) && number >= 0 ? number : null;
}

/**
 * One client on one stream (CONTRACT.md 5). It replays from the log at the reader's pace; what arrives meanwhile is not
 * sent to it. It joins the live ones in the same tick in which its position equals the stream's: no hole, no double.
 * Its position never passes the stream's, because what a session reads ahead of the bus advances the stream.
 *
 * A reader with a view gets what it sees, and `skip` for the rest, live, from the ring and in a replay alike. When what
 * it sees changes it is told to start over (`resync_required`, under another epoch) and goes on under the new view.
 */
export class Session implements NarrowedListener {
  readonly #socket: SessionSocket;
  readonly #stream: Stream;
  readonly #pages: PageReader;
  readonly #limits: SessionLimits;
  /** null: it is sent all there is. */
  readonly #filter: SightFilter | null;
  readonly #onReplay: (kind: ReplayKind) => void;
  readonly #out: Outlet;
  /** Where it is live; a reader with a view is on no topic. */
  readonly #topic: LiveTopic;
  #head: StreamHead;
  /** Last position sent; while live it is the stream's. */
  #pos = 0;
  #live = false;
  #joined = { pos: 0, bytes: 0 };
  /** Rises with every new start and at the end: whatever was under way before then stops. */
  #run = 0;
  #ended = false;
  #onDrain: (() => void) | null = null;

  constructor(
    socket: SessionSocket,
    stream: Stream,
    head: StreamHead,
    pages: PageReader,
    limits: SessionLimits,
    { view = null, batch = false, onReplay = () => undefined }: SessionWishes = {},
  ) {
    this.#onReplay = onReplay;
    this.#out = new Outlet(socket, batch);
    this.#topic = batch ? stream.batched : stream.single;
    this.#socket = socket;
    this.#stream = stream;
    this.#head = head;
    this.#pages = pages;
    this.#limits = limits;
    this.#filter = view && new SightFilter(view, stream.name, (text) => this.#out.send(text), limits.skipAfterMs);
    stream.attached++;
  }

  /** Says hello; then live from the head, or, with `since`, replay first. */
  begin(heartbeatMs: number, since: string | null, epoch: string | null): void {
    const { oldest } = this.#head;
    const { name, pos } = this.#stream;
    this.say({ type: "hello", epoch: this.#epoch, stream: name, pos, oldest, heartbeat_ms: heartbeatMs });
    this.#pos = pos;
    if (since === null) this.#join();
    else this.resume(since, epoch);
  }

  /** Sends all that came after `since`, then goes live; `resync_required` where that cannot be done. */
  resume(since: unknown, epoch: unknown): void {
    const run = this.#newRun();
    this.#leave(this.#stream.pos);
    this.#filter?.forget();
    const pos = positionOf(since);
    const otherEpoch = epoch !== null && epoch !== undefined && epoch !== this.#epoch;
    if (pos === null || otherEpoch) return void this.#resync(run);
    this.#onReplay("resume");
    this.#pos = pos;
    void this.#catchUp(run);
  }

  fellBehind(pos: number): void {
    this.#onReplay("behind");
    this.#leave(pos);
    void this.#catchUp(this.#newRun());
  }

  /** What its reader sees from now on; another part than before is a log to be read anew. */
  see(view: View): void {
    if (!this.#filter || this.#ended || view.part === this.#filter.view.part) return;
    const run = this.#newRun();
    this.#leave(this.#stream.pos);
    this.#filter.see(view);
    void this.#resync(run);
  }

  /** The next frames of the stream, while live. */
  take(frames: readonly Frame[]): void {
    this.#out.together(() => {
      for (const frame of frames) {
        this.#pos = frame.pos;
        this.#filter?.take(frame);
      }
    });
  }

  show(frame: Readonly<Record<string, unknown>>, text: string): void {
    this.#filter?.show(frame, text);
  }

  /** Sends a frame that has no position, in its reader's words. */
  say(frame: Readonly<Record<string, unknown>>): void {
    this.#out.send(JSON.stringify(this.#filter ? this.#filter.view.said(frame) : frame));
  }

  /** The reader took something. */
  drained(): void {
    if (this.#socket.bufferedAmount() <= this.#limits.pauseAboveBytes / 4) this.#onDrain?.();
  }

  /** What was sent so far. */
  get sent(): { frames: number; bytes: number } {
    const { frames, bytes } = this.#out;
    if (!this.#live || this.#filter) return { frames, bytes };
    return {
      frames: frames + this.#stream.pos - this.#joined.pos,
      bytes: bytes + this.#topic.bytes - this.#joined.bytes,
    };
  }

  /** Leaves the stream for good; answers what was sent. */
  end(): { frames: number; bytes: number } {
    this.#ended = true;
    this.#newRun();
    this.#leave(this.#stream.pos);
    this.#filter?.forget();
    this.#stream.attached--;
    this.#stream.usedAt = Date.now();
    return this.sent;
  }

  async #catchUp(run: number): Promise<void> {
    if (this.#pos > this.#stream.pos && !(await this.#lift(run))) return;
    while (run === this.#run) {
      // Nothing is awaited between this comparison and the join, so nothing can come in between.
      if (this.#pos === this.#stream.pos) return this.#join();
      const frames = this.#stream.ring.after(this.#pos, ringChunk) ?? (await this.#page(run));
      if (frames === null || !(await this.#sendAll(run, frames))) return;
    }
  }

  /** The client has seen more than this relay: brings the stream up to it by the log. false: it ended otherwise. */
  async #lift(run: number): Promise<boolean> {
    const head = await this.#patiently(run, () => this.#pages.head(this.#stream.name, true));
    if (head === null) return false;
    this.#head = head;
    while (this.#stream.pos < Math.min(this.#pos, head.pos)) {
      const frames = await this.#patiently(run, () => this.#pages.after(this.#stream.name, this.#stream.pos, true));
      if (frames === null) return false;
      if (frames.length === 0) break;
      this.#stream.advance(frames);
    }
    if (this.#pos <= this.#stream.pos) return true;
    await this.#resync(run);
    return false;
  }

  /** The frames that follow; null when the session ended or had to start over, because the log holds them no more. */
  async #page(run: number): Promise<Frame[] | null> {
    const next = this.#pos + 1;
    // A shared read may have begun before the frame was there: only one of our own is proof that it is gone.
    for (const fresh of [false, true]) {
      const { forgotten } = this.#stream;
      const frames = await this.#patiently(run, () => this.#pages.after(this.#stream.name, next - 1, fresh));
      if (frames === null) return null;
      if (frames[0]?.pos !== next) continue;
      this.#stream.advance(frames);
      this.#stream.recall(frames, forgotten);
      return frames;
    }
    await this.#resync(run);
    return null;
  }

  /** Sends frames that follow each other, at the reader's pace. false: the session ended or started anew meanwhile. */
  async #sendAll(run: number, frames: readonly Frame[]): Promise<boolean> {
    let next = 0;
    while (next < frames.length) {
      if (this.#out.behind > this.#limits.pauseAboveBytes) await this.#drain(run);
      if (run !== this.#run) return false;
      const sendSome = () => {
        for (const frame of frames.slice(next)) {
          if (run !== this.#run) return;
          if (this.#filter) this.#filter.take(frame);
          else this.#out.send(frame.text);
          this.#pos = frame.pos;
          next++;
          if (this.#out.behind > this.#limits.pauseAboveBytes) return;
        }
      };
      this.#socket.cork(() => this.#out.together(sendSome));
    }
    return run === this.#run;
  }

  async #drain(run: number): Promise<void> {
    const drained = new Promise<void>((resolve) => {
      this.#onDrain = resolve;
    });
    try {
      await withDeadline(drained, this.#limits.drainTimeoutMs, "the reader");
    } catch {
      if (run === this.#run) this.#socket.close(closeCodes.tooSlow, "too slow");
    }
  }

  /** What was under way before stops. */
  #newRun(): number {
    this.#onDrain?.();
    this.#onDrain = null;
    return ++this.#run;
  }

  /** The client has to fetch the state anew: says so, and is live from the head. */
  async #resync(run: number): Promise<void> {
    const head = await this.#patiently(run, () => this.#pages.head(this.#stream.name));
    if (head === null) return;
    this.#head = head;
    const { name, pos } = this.#stream;
    this.#onReplay("resync");
    this.#filter?.forget();
    this.say({ type: "resync_required", epoch: this.#epoch, oldest: head.oldest, stream: name, pos });
    this.#pos = pos;
    this.#join();
  }

  /** What `read` gives, tried again while the database is away; null when the session ended or that took too long. */
  async #patiently<T>(run: number, read: () => Promise<T>): Promise<T | null> {
    const isWanted = () => run === this.#run;
    const answer = await patientRead(read, { timeoutMs: this.#limits.logTimeoutMs, isWanted });
    if (typeof answer === "object") return answer.value;
    if (answer === "away") this.#socket.close(closeCodes.tryAgainLater, "the log cannot be read");
    return null;
  }

  /** The epoch as this reader knows it. */
  get #epoch(): string {
    return this.#filter ? epochOf(this.#head.epoch, this.#filter.view.part) : this.#head.epoch;
  }

  #join(): void {
    this.#live = true;
    if (this.#filter) {
      this.#stream.joinNarrowed(this);
      return;
    }
    this.#joined = { pos: this.#stream.pos, bytes: this.#topic.bytes };
    this.#socket.subscribe(this.#topic.name);
    this.#topic.listeners.add(this);
  }

  #leave(pos: number): void {
    if (!this.#live) return;
    this.#live = false;
    this.#pos = pos;
    if (this.#filter) {
      this.#stream.leaveNarrowed(this);
      return;
    }
    this.#out.frames += pos - this.#joined.pos;
    this.#out.bytes += this.#topic.bytes - this.#joined.bytes;
    this.#topic.listeners.delete(this);
    this.#socket.unsubscribe(this.#topic.name);
  }
}
