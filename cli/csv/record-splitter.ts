/** One record of a CSV file as it stands there, without its line end; `fault` says why it cannot be read. */
export interface RawRecord {
  /** The physical line where it begins, from 1. */
  line: number;
  bytes: Buffer;
  fault: string | null;
}

export interface SplitterOptions {
  /** One ASCII character. */
  delimiter: string;
  /** A longer record is a fault. */
  recordMaxBytes: number;
  /** Where the input begins, in bytes; default 0. */
  from?: number;
}

const newline = 10;
const carriageReturn = 13;
const quote = 34;
/** What is kept of a line that is too long to be kept. */
const excerptBytes = 1000;

const atCell = 0;
const inPlain = 1;
const inQuoted = 2;
/** Behind a quote within a quoted cell: the cell's end, or the first half of a doubled quote. */
const afterQuote = 3;
const afterReturn = 4;

/** A record under way that is too long: its bytes are not kept. */
interface LongRecord {
  excerpt: Buffer;
  /** Where its second line begins in the input, once that is seen. */
  secondLine: number | null;
}

/**
 * Cuts a CSV stream into records (RFC 4180: quoted cells may hold delimiters, line ends and doubled quotes), so that one
 * bad line costs that line only. csv-parse alone cannot: to it a quote that is never closed is a cell that swallows the
 * lines after it. Here the line on which a record went wrong is a fault, and reading goes on with the line behind it.
 *
 * Memory is bounded by `recordMaxBytes`. What a longer record is, one cell too long or a quote that is never closed,
 * shows at its end only, when its bytes are gone: in the second case the splitter goes back to the record's second line,
 * and `position` says from where it is to be fed. A line that opens a quote ends any look ahead, so nothing is read a
 * third time.
 */
export class RecordSplitter {
  readonly #options: SplitterOptions;
  readonly #delimiter: number;
  #buffer: Buffer = Buffer.alloc(0);
  /** Where the buffer begins in the input. */
  #offset: number;
  /** Where the scan stands in the buffer. */
  #at = 0;
  #state = atCell;
  #line = 1;
  /** Line ends within the record under way. */
  #lineEnds = 0;
  /** What is wrong with the record under way, until its line is cut off. */
  #fault: string | null = null;
  #long: LongRecord | null = null;
  /** The rest of a line that was too long is thrown away. */
  #discarding = false;

  constructor(options: SplitterOptions) {
    this.#options = options;
    this.#delimiter = options.delimiter.charCodeAt(0);
    this.#offset = options.from ?? 0;
  }

  /** The byte of the input with which the next chunk begins; it goes back when a chunk has to be read again. */
  get position(): number {
    return this.#offset + this.#buffer.length;
  }

  /** The records that end in this chunk. */
  push(chunk: Buffer): RawRecord[] {
    this.#buffer = this.#buffer.length === 0 ? chunk : Buffer.concat([this.#buffer, chunk]);
    return this.#scan(false);
  }

  /** The records that are left: the file's last line may lack its line end. With `position` before the end, not yet all. */
  end(): RawRecord[] {
    return this.#scan(true);
  }

  #scan(ended: boolean): RawRecord[] {
    const records: RawRecord[] = [];
    for (;;) {
      if (this.#discarding && !this.#discard()) break;
      this.#fault ??= this.#scanRecord(records);
      if (this.#fault === null && ended && this.#state === inQuoted) {
        this.#fault = "the quote that is opened here is never closed";
      }
      if (this.#fault === null || !this.#cutLine(records, this.#fault, ended)) break;
      this.#fault = null;
    }
    if (ended && !this.#discarding && (this.#buffer.length > 0 || this.#long)) this.#cut(records, this.#buffer.length);
    return records;
  }

  /** Cuts off whole records until the buffer ends (null), or one goes wrong (its fault). */
  #scanRecord(records: RawRecord[]): string | null {
    const delimiter = this.#delimiter;
    let buffer = this.#buffer;
    let state = this.#state;
    let at = this.#at;
    while (at < buffer.length) {
      const byte = buffer[at];
      if (state === inQuoted) {
        if (byte === quote) state = afterQuote;
        else if (byte === newline) this.#endLine(at);
      } else if (byte === newline) {
        this.#lineEnds++;
        this.#cut(records, at + 1);
        buffer = this.#buffer;
        at = 0;
        state = atCell;
        continue;
      } else if (state === afterReturn) {
        return this.#wrong(at, "there is text behind a closing quote");
      } else if (byte === quote) {
        if (state === inPlain) return this.#wrong(at, "there is a quote within a cell that is not quoted");
        state = inQuoted;
      } else if (byte === delimiter) {
        state = atCell;
      } else if (state === afterQuote) {
        if (byte !== carriageReturn) return this.#wrong(at, "there is text behind a closing quote");
        state = afterReturn;
      } else {
        state = inPlain;
      }
      at++;
      if (at > this.#options.recordMaxBytes) this.#long ??= this.#beginLong();
    }
    this.#state = state;
    this.#at = at;
    if (this.#long) this.#drop(at);
    return null;
  }

  /** A line end within the record under way, at a place of the buffer. */
  #endLine(at: number): void {
    this.#lineEnds++;
    if (this.#long) this.#long.secondLine ??= this.#offset + at + 1;
  }

  /** Notes how far the record is read in which that is wrong. */
  #wrong(at: number, fault: string): string {
    this.#at = at;
    return fault;
  }

  #beginLong(): LongRecord {
    const end = this.#buffer.indexOf(newline);
    const secondLine = end === -1 || this.#lineEnds === 0 ? null : this.#offset + end + 1;
    return { excerpt: Buffer.from(this.#buffer.subarray(0, excerptBytes)), secondLine };
  }

  /** Takes the record that ends before `end`, as a fault if it is too long; a blank line is none. */
  #cut(records: RawRecord[], end: number): void {
    if (this.#long) {
      const fault = `longer than ${this.#options.recordMaxBytes} bytes`;
      records.push({ line: this.#line, bytes: this.#long.excerpt, fault });
    } else {
      let length = end;
      if (this.#buffer[length - 1] === newline) length--;
      if (this.#buffer[length - 1] === carriageReturn) length--;
      if (length > 0) records.push({ line: this.#line, bytes: this.#buffer.subarray(0, length), fault: null });
    }
    this.#restart(end, this.#lineEnds);
  }

  /** Takes the line on which the record under way began as a fault; false while too little of it is there to show. */
  #cutLine(records: RawRecord[], fault: string, ended: boolean): boolean {
    if (this.#long) return this.#cutLongLine(records, fault, this.#long);
    const end = this.#buffer.indexOf(newline);
    const length = end === -1 ? this.#buffer.length : end;
    if (end === -1 && length < excerptBytes && !ended) return false;
    const bytes = Buffer.from(this.#buffer.subarray(0, Math.min(length, excerptBytes)));
    records.push({ line: this.#line, bytes, fault });
    this.#discarding = end === -1;
    this.#restart(end === -1 ? this.#buffer.length : end + 1, end === -1 ? 0 : 1);
    return true;
  }

  /** The same when the line is gone: reading goes back to the line behind it, unless it is still being read. */
  #cutLongLine(records: RawRecord[], fault: string, { excerpt, secondLine }: LongRecord): true {
    const end = excerpt.indexOf(newline);
    records.push({ line: this.#line, bytes: end === -1 ? excerpt : excerpt.subarray(0, end), fault });
    if (secondLine === null) {
      this.#discarding = true;
      this.#restart(this.#at, 0);
    } else {
      this.#restart(this.#buffer.length, 1);
      this.#offset = secondLine;
    }
    return true;
  }

  /** Throws away up to the next line end; false while it has not come. */
  #discard(): boolean {
    const end = this.#buffer.indexOf(newline);
    this.#discarding = end === -1;
    this.#restart(end === -1 ? this.#buffer.length : end + 1, end === -1 ? 0 : 1);
    return end !== -1;
  }

  #restart(from: number, lineEnds: number): void {
    this.#drop(from);
    this.#line += lineEnds;
    this.#lineEnds = 0;
    this.#long = null;
    this.#state = atCell;
  }

  /** Forgets the first bytes of the buffer, all of them scanned. */
  #drop(bytes: number): void {
    this.#buffer = this.#buffer.subarray(bytes);
    this.#offset += bytes;
    this.#at = 0;
  }
}
