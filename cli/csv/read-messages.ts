import { isUtf8 } from "node:buffer";
import type { FileHandle } from "node:fs/promises";
import { parse } from "csv-parse/sync";
import type { ImportBatch, ImportRow } from "../../src/commands/import-messages.js";
import { invariant } from "../../src/runtime/invariant.js";
import { Failure, UsageError } from "../failure.js";
import { checkRow } from "./check-row.js";
import { type ColumnChoice, type Columns, columnsByPosition, findColumns } from "./find-columns.js";
import { parseTime, utc, type ZoneOffset } from "./parse-time.js";
import { type RawRecord, RecordSplitter } from "./record-splitter.js";

/** A record that is not imported, and why. */
export interface Reject {
  line: number;
  reason: string;
  record: string;
}

export interface ReadOptions {
  columns: ColumnChoice;
  header: boolean;
  delimiter: string;
  zone: ZoneOffset;
  /** Records of a batch at most. */
  batchRows: number;
  /** Throw at the first bad record, once what was before it is handed over. */
  stopOnError: boolean;
  /** Bad records, in the file's order, before the batch that they belong to. */
  onRejects: (rejects: Reject[]) => Promise<void>;
  /** Bytes of the file that are read. */
  onBytes: (bytes: number) => void;
}

const recordMaxBytes = 1_048_576;
/** A batch is handed over before its texts grow beyond that, however few rows it has. */
const batchMaxBytes = 2_097_152;
const excerpt = 1000;

/**
 * Reads a CSV file as batches of messages: in pieces, never whole, and only as fast as they are taken. A bad record is
 * told with its line and reason, and costs nobody else. Throws UsageError when the columns cannot be found.
 */
export async function* readMessages(file: FileHandle, options: ReadOptions): AsyncGenerator<ImportBatch> {
  const from = await textStart(file);
  const splitter = new RecordSplitter({ delimiter: options.delimiter, recordMaxBytes, from });
  const reader = new BatchReader(options);
  let bytesRead = from;
  for (let ended = false; !ended; ) {
    let at = splitter.position;
    const chunks: AsyncIterable<Buffer> = file.createReadStream({ autoClose: false, start: at });
    for await (const chunk of chunks) {
      yield* reader.take(splitter.push(chunk));
      at += chunk.length;
      bytesRead = Math.max(bytesRead, at);
      options.onBytes(bytesRead);
      if (splitter.position < at) break;
    }
    if (splitter.position < at) continue;
    yield* reader.take(splitter.end());
    ended = splitter.position === at;
  }
  yield* reader.rest();
  if (!reader.hasHeader) throw new UsageError("the file is empty");
}

/** Where a file's text begins: behind its byte order mark. */
async function textStart(file: FileHandle): Promise<number> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(3), 0, 3, 0);
  const [first, second, third] = buffer.subarray(0, bytesRead);
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) {
    throw new UsageError("the file is UTF-16: save it as UTF-8");
  }
  return first === 0xef && second === 0xbb && third === 0xbf ? 3 : 0;
}

/** Gathers records to batches. */
class BatchReader {
  readonly #options: ReadOptions;
  #columns: Columns | null = null;
  #waiting: RawRecord[] = [];
  #bytes = 0;
  #records = 0;
  #rejected = 0;

  constructor(options: ReadOptions) {
    this.#options = options;
  }

  get hasHeader(): boolean {
    return this.#columns !== null;
  }

  async *take(records: readonly RawRecord[]): AsyncGenerator<ImportBatch> {
    for (const record of records) {
      if (!this.#columns) {
        this.#columns = columnsOf(record, this.#options);
        if (this.#options.header) continue;
      }
      this.#waiting.push(record);
      this.#bytes += record.bytes.length;
      if (this.#waiting.length >= this.#options.batchRows || this.#bytes > batchMaxBytes) yield* this.rest();
    }
  }

  /** The batch under way, if there is one. */
  async *rest(): AsyncGenerator<ImportBatch> {
    if (this.#waiting.length === 0 || !this.#columns) return;
    const { rows, rejects } = check(this.#waiting, this.#columns, this.#options);
    const [first] = rejects;
    const stops = this.#options.stopOnError && first !== undefined;
    const good = stops ? rows.filter((row) => row.line < first.line) : rows;
    this.#records += stops ? good.length : this.#waiting.length;
    this.#rejected += stops ? 0 : rejects.length;
    this.#waiting = [];
    this.#bytes = 0;
    await this.#options.onRejects(stops ? [first] : rejects);
    yield { rows: good.map(({ row }) => row), records: this.#records, rejected: this.#rejected };
    if (stops)
      throw new Failure(`line ${first.line}: ${first.reason} (--on-error stop; what is before it is imported)`);
  }
}

function cellsOf(records: readonly RawRecord[], delimiter: string): string[][] {
  const lines = records.flatMap((record) => [record.bytes, lineEnd]);
  const cells = parse(Buffer.concat(lines), { delimiter, record_delimiter: "\n", relax_column_count: true });
  invariant(cells.length === records.length, "csv-parse sees other records than the splitter");
  return cells;
}
const lineEnd = Buffer.from("\n");

function columnsOf(record: RawRecord, options: ReadOptions): Columns {
  const fault = record.fault ?? (isUtf8(record.bytes) ? null : "it is not UTF-8");
  if (fault !== null) throw new UsageError(`line ${record.line} cannot be read: ${fault}`);
  const [cells = []] = cellsOf([record], options.delimiter);
  if (!options.header) return columnsByPosition(cells.length, options.columns);
  if (cells.some((cell) => parseTime(cell, utc) !== null)) {
    throw new UsageError(`the first line is no header, it holds a time: use --no-header; it is: ${cells.join(", ")}`);
  }
  return findColumns(cells, options.columns);
}

/** Checks records: the good ones as rows, the bad ones with their reason, both in the file's order. */
function check(records: readonly RawRecord[], columns: Columns, options: ReadOptions) {
  const rows: { line: number; row: ImportRow }[] = [];
  const rejects: Reject[] = [];
  const faultOf = (record: RawRecord) =>
    record.fault ?? (isUtf8(record.bytes) ? null : "not UTF-8 (a file in Latin-1 or Windows-1252? save it as UTF-8)");
  const faults = records.map(faultOf);
  const cells = cellsOf(
    records.filter((_, index) => faults[index] === null),
    options.delimiter,
  );
  let next = 0;
  for (const [index, record] of records.entries()) {
    const result = faults[index] ?? checkRow(cells[next++] ?? [], columns, options.zone);
    if (typeof result !== "string") rows.push({ line: record.line, row: result });
    else rejects.push({ line: record.line, reason: result, record: record.bytes.toString("utf8").slice(0, excerpt) });
  }
  return { rows, rejects };
}
