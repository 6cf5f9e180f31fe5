import type { EventLog, Frame, StreamHead } from "./event-log.js";

export interface PageReaderOptions {
  /** Frames in a page. */
  pageSize?: number;
  /** Reads of pages under way at once, so that others still get a connection. */
  concurrency?: number;
  /** Whole pages that are kept. */
  keptPages?: number;
  /** Characters of all of them together; one larger page is kept nevertheless. */
  keptChars?: number;
}

/**
 * Reads the log for many sessions. Pages begin at multiples of their size, so that clients that were away together
 * share their reads; a whole page never changes and is kept for a while.
 */
export class PageReader {
  readonly #log: EventLog;
  readonly #pageSize: number;
  readonly #concurrency: number;
  readonly #keptPages: number;
  readonly #keptChars: number;
  readonly #whole = new Map<string, Frame[]>();
  readonly #underWay = new Map<string, Promise<Frame[]>>();
  readonly #heads = new Map<string, Promise<StreamHead>>();
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(log: EventLog, options: PageReaderOptions = {}) {
    this.#log = log;
    this.#pageSize = options.pageSize ?? 500;
    this.#concurrency = options.concurrency ?? 4;
    this.#keptPages = options.keptPages ?? 16;
    this.#keptChars = options.keptChars ?? 16 * 1024 * 1024;
  }

  /** Where the stream stands; `fresh`: the read begins now, else it may be one that is under way. */
  head(stream: string, fresh = false): Promise<StreamHead> {
    const underWay = this.#heads.get(stream);
    if (underWay && !fresh) return underWay;
    const read = this.#log.head(stream).finally(() => {
      if (this.#heads.get(stream) === read) this.#heads.delete(stream);
    });
    this.#heads.set(stream, read);
    return read;
  }

  /**
   * Frames after `pos`, in order, up to the end of its page. Empty: none was there when the read began; `fresh`: it
   * begins now, else it may be one that is under way. Rejects when the log cannot be read.
   */
  async after(stream: string, pos: number, fresh = false): Promise<Frame[]> {
    const start = Math.floor(pos / this.#pageSize) * this.#pageSize;
    const page = await this.#page(stream, start, fresh);
    return page.filter((frame) => frame.pos > pos);
  }

  /** Forgets all that was read: the log is another one. */
  clear(): void {
    this.#whole.clear();
    this.#underWay.clear();
    this.#heads.clear();
  }

  async #page(stream: string, start: number, fresh: boolean): Promise<Frame[]> {
    const key = `${stream} ${start}`;
    const kept = this.#whole.get(key);
    if (kept) return kept;
    const underWay = this.#underWay.get(key);
    if (underWay && !fresh) return underWay;
    const read = this.#gated(() => this.#log.after(stream, start, this.#pageSize));
    this.#underWay.set(key, read);
    try {
      const frames = await read;
      // Only if nobody forgot it meanwhile.
      if (this.#underWay.get(key) === read) this.#keep(key, start, frames);
      return frames;
    } finally {
      if (this.#underWay.get(key) === read) this.#underWay.delete(key);
    }
  }

  #keep(key: string, start: number, frames: Frame[]): void {
    if (frames.length < this.#pageSize || frames[0]?.pos !== start + 1) return;
    this.#whole.set(key, frames);
    let chars = 0;
    for (const page of this.#whole.values()) chars += charsOf(page);
    for (const [oldest, page] of this.#whole) {
      if (oldest === key || (this.#whole.size <= this.#keptPages && chars <= this.#keptChars)) break;
      this.#whole.delete(oldest);
      chars -= charsOf(page);
    }
  }

  async #gated<T>(work: () => Promise<T>): Promise<T> {
    while (this.#running >= this.#concurrency) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    this.#running++;
    try {
      return await work();
    } finally {
      this.#running--;
      this.#waiting.shift()?.();
    }
  }
}

function charsOf(frames: readonly Frame[]): number {
  return frames.reduce((sum, { text }) => sum + text.length, 0);
}
