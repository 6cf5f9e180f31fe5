import type { EphemeralFrame } from "../bus/bus.js";
import type { SequencedEvent } from "../contract/events.js";
import { batchesOf } from "./batch.js";
import { type Frame, frameFor, type StreamHead } from "./event-log.js";
import { FrameRing } from "./frame-ring.js";
import { type LiveListener, LiveTopic } from "./live-topic.js";
import type { PageReader } from "./page-reader.js";

/** A live listener that is told of each frame by itself, because it may not see all; it has no part in a topic. */
export interface NarrowedListener extends LiveListener {
  /** Frames that follow each other. */
  take(frames: readonly Frame[]): void;
  /** A frame without a position, and its text. */
  show(frame: Readonly<Record<string, unknown>>, text: string): void;
}

const ringFrames = 2000;
const ringChars = 2 * 1024 * 1024;

/**
 * One stream as this relay knows it. `pos` is the position up to which its live listeners have been sent everything;
 * it rises by whoever learns of an event first, the bus or a session that reads the log. Listeners join only at `pos`.
 */
export class Stream {
  readonly name: string;
  readonly ring = new FrameRing(ringFrames, ringChars);
  /** Those who get each frame by itself. */
  readonly single: LiveTopic;
  /** Those who take `batch`. */
  readonly batched: LiveTopic;
  readonly #narrowed = new Set<NarrowedListener>();
  #pos: number | null = null;
  #settled = false;
  #forgotten = 0;
  /** Sockets that are on this stream, live or catching up. */
  attached = 0;
  usedAt = Date.now();

  constructor(name: string, publish: (topic: string, text: string) => void) {
    this.name = name;
    this.single = new LiveTopic(name, publish);
    this.batched = new LiveTopic(`${name} batch`, publish);
  }

  /** Last position; 0 before anything was said. */
  get pos(): number {
    return this.#pos ?? 0;
  }

  /**
   * Takes the first head that the log told. It was read after the bus began to be listened to, so all that is above it
   * will come; what the bus brings at or below it is a double. Later heads change nothing: live listeners lack them.
   */
  settle(headPos: number): void {
    if (this.#settled) return;
    this.#settled = true;
    if (this.#pos !== null && this.#pos >= headPos) return;
    this.#pos = headPos;
    this.ring.clear();
  }

  /** Takes frames in order, from wherever they come; drops those that it has, sends the others to the live listeners. */
  advance(frames: readonly Frame[]): void {
    let run: Frame[] = [];
    let last = this.#pos;
    for (const frame of frames) {
      if (last !== null && frame.pos <= last) continue;
      if (last !== null && frame.pos !== last + 1) {
        this.#goOn(run);
        run = [];
      }
      run.push(frame);
      last = frame.pos;
    }
    this.#goOn(run);
  }

  /**
   * Keeps what was read of the log up to where the stream stands, where nothing is kept: after a start all who come back
   * need it. `asOf`: how often the stream had forgotten when the read began; what is read since then says other words.
   */
  recall(frames: readonly Frame[], asOf: number): void {
    if (asOf !== this.#forgotten || !this.ring.isEmpty || frames.at(-1)?.pos !== this.#pos) return;
    for (const frame of frames) this.ring.push(frame);
  }

  /** How often it has forgotten. */
  get forgotten(): number {
    return this.#forgotten;
  }

  /** Keeps no copy of what was said until now. */
  forget(): void {
    this.#forgotten++;
    this.ring.clear();
  }

  /** Sends a frame that has no position to the live listeners. */
  show(frame: Record<string, unknown>): void {
    if (this.single.listeners.size + this.batched.listeners.size + this.#narrowed.size === 0) return;
    const text = JSON.stringify({ ...frame, stream: this.name });
    this.single.send([text]);
    this.batched.send([text]);
    for (const listener of this.#narrowed) listener.show(frame, text);
  }

  joinNarrowed(listener: NarrowedListener): void {
    this.#narrowed.add(listener);
  }

  leaveNarrowed(listener: NarrowedListener): void {
    this.#narrowed.delete(listener);
  }

  /** Goes on by frames that follow each other, if not always the last one that it has: who lacks those between falls behind. */
  #goOn(run: readonly Frame[]): void {
    const [first, last] = [run[0], run.at(-1)];
    if (!first || !last) return;
    const before = this.#pos;
    this.#pos = last.pos;
    for (const frame of run) this.ring.push(frame);
    if (before !== null && first.pos !== before + 1) this.#sendBack(before);
    const texts = run.map((frame) => frame.text);
    this.single.send(texts);
    if (this.batched.listeners.size > 0) this.batched.send(batchesOf(texts));
    for (const listener of this.#narrowed) listener.take(run);
  }

  #sendBack(pos: number): void {
    const behind = [...this.single.listeners, ...this.batched.listeners, ...this.#narrowed];
    this.single.listeners.clear();
    this.batched.listeners.clear();
    this.#narrowed.clear();
    for (const listener of behind) listener.fellBehind(pos);
  }
}

const idleMs = 60_000;

/** The streams that somebody listens to here. Fed by the follower: each event once, in order. */
export class Streams {
  readonly #publish: (topic: string, text: string) => void;
  readonly #pages: PageReader;
  readonly #onNewEpoch: () => void;
  readonly #addressed: boolean;
  readonly #streams = new Map<string, Stream>();
  #epoch: string | null = null;

  /**
   * `onNewEpoch`: the log was restored from a backup; every socket has to start over. `addressed`: frames are kept with
   * whom they are for, because some listeners may not see all.
   */
  constructor(
    pages: PageReader,
    publish: (topic: string, text: string) => void,
    onNewEpoch: () => void,
    addressed = false,
  ) {
    this.#pages = pages;
    this.#publish = publish;
    this.#onNewEpoch = onNewEpoch;
    this.#addressed = addressed;
  }

  /** The stream, and where the log says it stands. Rejects when the log cannot be read. */
  async open(name: string): Promise<{ stream: Stream; head: StreamHead }> {
    let stream = this.#streams.get(name);
    if (!stream) {
      // Here before the read begins: what the bus brings meanwhile is kept. The head must not be older than that.
      stream = new Stream(name, this.#publish);
      this.#streams.set(name, stream);
      return this.#settled(stream, await this.#pages.head(name, true));
    }
    stream.usedAt = Date.now();
    return this.#settled(stream, await this.#pages.head(name));
  }

  #settled(stream: Stream, head: StreamHead): { stream: Stream; head: StreamHead } {
    if (this.#epoch !== null && head.epoch !== this.#epoch) {
      this.#epoch = head.epoch;
      this.#streams.clear();
      this.#pages.clear();
      this.#onNewEpoch();
      const anew = new Stream(stream.name, this.#publish);
      this.#streams.set(anew.name, anew);
      anew.settle(head.pos);
      return { stream: anew, head };
    }
    this.#epoch = head.epoch;
    stream.settle(head.pos);
    return { stream, head };
  }

  /** false: the stream was forgotten since it was opened, nothing feeds it any more. */
  has(stream: Stream): boolean {
    return this.#streams.get(stream.name) === stream;
  }

  /** Events from the follower. Those of streams that nobody listens to are none of ours. */
  onEvents(events: readonly SequencedEvent[]): void {
    const news = new Map<Stream, Frame[]>();
    for (const event of events) {
      const stream = this.#streams.get(event.stream);
      if (!stream) continue;
      const frames = news.get(stream);
      if (frames) frames.push(frameFor(event, this.#addressed));
      else news.set(stream, [frameFor(event, this.#addressed)]);
    }
    for (const [stream, frames] of news) stream.advance(frames);
  }

  /** Whether somebody here is on the stream. */
  isHeard(name: string): boolean {
    return (this.#streams.get(name)?.attached ?? 0) > 0;
  }

  onEphemeral({ stream, frame }: EphemeralFrame): void {
    this.#streams.get(stream)?.show(frame);
  }

  /** Looks whether the log is still the same one: after a restore every socket starts over. Silent while it is away. */
  async checkEpoch(): Promise<void> {
    const [stream] = this.#streams.values();
    if (!stream) return;
    const head = await this.#pages.head(stream.name, true).catch(() => null);
    if (head && this.#streams.get(stream.name) === stream) this.#settled(stream, head);
  }

  /** Streams that are kept. */
  get size(): number {
    return this.#streams.size;
  }

  /** Drops the copies of what was said in these streams (null: in any): the log has other words for it now. */
  forget(names: readonly string[] | null): void {
    for (const name of names ?? this.#streams.keys()) this.#streams.get(name)?.forget();
    this.#pages.clear();
  }

  /** Forgets streams that nobody listened to for a minute. */
  forgetIdle(): void {
    for (const [name, stream] of this.#streams) {
      if (stream.attached > 0) stream.usedAt = Date.now();
      else if (Date.now() - stream.usedAt > idleMs) this.#streams.delete(name);
    }
  }
}
