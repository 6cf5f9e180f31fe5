import type { EventLog, Frame, StreamHead } from "../../../src/realtime/event-log.js";

/** The queue that the frame at a position is about: one of three in turn. */
export function queueAt(pos: number): string {
  return `q${pos % 3}`;
}

/** A frame of the stream `agents` as the log holds it, about a ticket that waits in one of three queues. */
export function frameAt(pos: number): Frame {
  const now = { queue: queueAt(pos), assigneeId: null };
  return {
    pos,
    text: JSON.stringify({ type: "message_new", stream: "agents", pos }),
    audience: { kind: "ticket", id: pos, now, was: now },
  };
}

interface PendingRead {
  release(): void;
  fail(): void;
}

/**
 * A log in memory whose reads end when the test says so. What a read sees is decided when it begins or when it is
 * released: a database may take its snapshot at either end.
 */
export class FakeLog implements EventLog {
  readonly frames: Frame[] = [];
  readonly pending: PendingRead[] = [];
  epoch = "e1";
  oldest = 1;
  reads = 0;
  /** Whether reads wait for `release`; else they end at once. */
  held: boolean;
  snapshotAtStart: () => boolean = () => true;

  constructor(options: { held: boolean }) {
    this.held = options.held;
  }

  commit(count: number): void {
    for (let n = 0; n < count; n++) this.frames.push(frameAt(this.frames.length + 1));
  }

  head(): Promise<StreamHead> {
    return this.#read(() => ({ epoch: this.epoch, pos: this.frames.length, oldest: this.oldest }));
  }

  after(_stream: string, pos: number, limit: number): Promise<Frame[]> {
    return this.#read(() => this.frames.filter((f) => f.pos > pos && f.pos >= this.oldest).slice(0, limit));
  }

  #read<T>(look: () => T): Promise<T> {
    this.reads++;
    if (!this.held) return Promise.resolve(look());
    const early = this.snapshotAtStart() ? look() : undefined;
    return new Promise((resolve, reject) => {
      this.pending.push({ release: () => resolve(early ?? look()), fail: () => reject(new Error("the log is away")) });
    });
  }
}
