import { createHash } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import { type ImportBatch, importMessages } from "../../src/commands/import-messages.js";
import type { ImportProgress } from "../../src/db/queries/import-rows.js";
import { isUnavailable } from "../../src/db/transaction.js";
import { packageRoot } from "../../src/runtime/package-root.js";
import { utc, zoneOffset } from "../csv/parse-time.js";
import { type ReadOptions, type Reject, readMessages } from "../csv/read-messages.js";
import { RejectedFile } from "../csv/rejected-file.js";
import { withDesk } from "../desk.js";
import { sentenceOf } from "../explain-error.js";
import { Failure, UsageError } from "../failure.js";
import { recordOperatorsAct } from "../operator.js";
import { note, say, sayJson } from "../output.js";
import { startProgress } from "../progress.js";

interface Options {
  userColumn?: string;
  bodyColumn?: string;
  timeColumn?: string;
  header: boolean;
  delimiter: string;
  timeZone?: string;
  keepAge?: true;
  onError: "skip" | "stop";
  batch: number;
  rejected?: string;
  dryRun?: true;
  json?: true;
}

const batchMax = 5000;

function batchSize(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > batchMax) {
    throw new InvalidArgumentError(`It is a whole number from 1 to ${batchMax}.`);
  }
  return value;
}

function delimiter(text: string): string {
  const value = text === "\\t" || text === "tab" ? "\t" : text;
  if (!/^[\t -!#-~]$/.test(value) || /[A-Za-z0-9]/.test(value))
    throw new InvalidArgumentError("It is one sign, such as ; or tab.");
  return value;
}

async function openCsv(path: string): Promise<{ file: FileHandle; size: number; mtimeMs: number }> {
  try {
    const file = await open(path, "r");
    const stat = await file.stat();
    if (stat.isFile()) return { file, size: stat.size, mtimeMs: stat.mtimeMs };
    await file.close();
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    throw new UsageError(missing ? `there is no file ${path}` : `cannot read ${path}: ${sentenceOf(error)}`);
  }
  throw new UsageError(`${path} is no file`);
}

const headBytes = 65_536;

/** What an interrupted import is found by: the file as it is (size, time, first bytes), and how it is read. */
async function fileKey(opened: { file: FileHandle; size: number; mtimeMs: number }, options: Options): Promise<string> {
  const head = Buffer.alloc(Math.min(headBytes, opened.size));
  await opened.file.read(head, 0, head.length, 0);
  const { userColumn, bodyColumn, timeColumn, header, timeZone } = options;
  const reading = JSON.stringify([userColumn, bodyColumn, timeColumn, header, options.delimiter, timeZone]);
  const hash = createHash("sha256").update(`${opened.size}\0${opened.mtimeMs}\0${reading}\0`).update(head);
  return hash.digest("hex");
}

interface Outcome extends ImportProgress {
  interrupted: boolean;
}

/** Reads and checks all of it, stores nothing. */
async function tryOut(batches: AsyncIterable<ImportBatch>): Promise<Outcome> {
  const outcome = { records: 0, imported: 0, duplicates: 0, rejected: 0, interrupted: false };
  for await (const batch of batches) {
    outcome.records = batch.records;
    outcome.rejected = batch.rejected;
  }
  return outcome;
}

async function runImport(csv: string, options: Options): Promise<void> {
  const path = resolve(csv);
  const opened = await openCsv(path);
  const rejects = new RejectedFile(options.rejected ? resolve(options.rejected) : `${path}.rejected.csv`);
  const progress = startProgress(opened.size);
  const startedAt = performance.now();
  const stopping = new AbortController();
  const onSignal = () => stopping.abort();
  process.once("SIGINT", onSignal).once("SIGTERM", onSignal);
  let bytes = 0;
  let rows = 0;
  const reading: ReadOptions = {
    columns: { user: options.userColumn, time: options.timeColumn, body: options.bodyColumn },
    header: options.header,
    delimiter: options.delimiter,
    zone: options.timeZone === undefined ? utc : zoneOffset(options.timeZone),
    batchRows: options.batch,
    stopOnError: options.onError === "stop",
    onRejects: options.dryRun ? showRejects : (found) => rejects.add(found),
    onBytes: (read) => {
      bytes = read;
      progress.update(bytes, rows);
    },
  };
  const batches = readMessages(opened.file, reading);
  try {
    if (!options.dryRun) await rejects.start();
    const outcome = options.dryRun
      ? await tryOut(batches)
      : await store(
          batches,
          { key: await fileKey(opened, options), name: basename(path) },
          options,
          stopping.signal,
          (at) => {
            rows = at.records;
            progress.update(bytes, rows);
          },
        );
    progress.stop();
    report(outcome, (performance.now() - startedAt) / 1000, rejects.path, options);
  } finally {
    progress.stop();
    process.off("SIGINT", onSignal).off("SIGTERM", onSignal);
    await rejects.close();
    await opened.file.close();
  }
}

async function store(
  batches: AsyncIterable<ImportBatch>,
  file: { key: string; name: string },
  options: Options,
  signal: AbortSignal,
  onBatch: (progress: ImportProgress) => void,
): Promise<Outcome> {
  return withDesk(async ({ config, db }) => {
    const ctx = { db, limits: config, wake: () => undefined };
    const subject = { kind: "desk", id: null } as const;
    await recordOperatorsAct(db, { action: "desk.import", subject, after: { file: file.name } });
    let stored = 0;
    const said = (progress: ImportProgress) => {
      stored = progress.records;
      onBatch(progress);
    };
    try {
      const keepAge = options.keepAge ?? false;
      const done = await importMessages(ctx, batches, { file, keepAge, signal, onBatch: said });
      return { ...done, interrupted: signal.aborted };
    } catch (error) {
      if (!isUnavailable(error) || stored === 0) throw error;
      throw new Failure(`${sentenceOf(error)}; ${stored} rows are done, run the same command again to go on`);
    }
  });
}

async function showRejects(rejects: Reject[]): Promise<void> {
  for (const { line, reason } of rejects) note(`line ${line}: ${reason}`);
}

function report(outcome: Outcome, seconds: number, rejectedPath: string, options: Options): void {
  const { records, imported, duplicates, rejected, interrupted } = outcome;
  if (rejected > 0 && !options.dryRun)
    note(`${rejected} rows were not imported; they are in ${rejectedPath}, with the reasons`);
  if (interrupted) {
    note(`stopped after ${records} rows; run the same command again to go on from there`);
    process.exitCode = 1;
  }
  if (options.json) {
    const extra = { ...(options.dryRun ? { dry_run: true } : {}), ...(interrupted ? { interrupted } : {}) };
    sayJson({ rows: records, imported, duplicates, rejected, seconds: Math.round(seconds * 1000) / 1000, ...extra });
    return;
  }
  const rate = Math.round(records / Math.max(seconds, 0.001));
  if (options.dryRun)
    say(`${records} rows: ${records - rejected} could be imported, ${rejected} not; nothing was stored`);
  else
    say(
      `${records} rows: ${imported} imported, ${duplicates} there already, ${rejected} rejected, ` +
        `in ${seconds.toFixed(1)} s (${rate} rows/s)`,
    );
}

/** `switchboard import`: a CSV file's messages, each as a live one would be: stored, scored, routed. */
export function importCommand(): Command {
  return new Command("import")
    .description(
      "Import messages from a CSV file. Twice is harmless; an interrupted import goes on where it was. Bad rows go to " +
        "<csv>.rejected.csv with their line and the reason.",
    )
    .argument("[csv]", "the file; default: the demo messages", join(packageRoot, "data", "messages.csv"))
    .option("--user-column <name>", "column of the customer's id (a name, or a position from 1)")
    .option("--time-column <name>", "column of the time")
    .option("--body-column <name>", "column of the message")
    .option("--no-header", "the first line is a message; columns are user, time, body, or the positions given")
    .option("--delimiter <sign>", "what stands between cells", delimiter, ",")
    .option("--time-zone <zone>", "where times without an offset were written, e.g. Africa/Nairobi (default: UTC)")
    .option("--keep-age", "tickets age from the file's times, not from now")
    .addOption(new Option("--on-error <what>", "what a bad row does").choices(["skip", "stop"]).default("skip"))
    .option("--batch <rows>", "rows of one transaction", batchSize, 500)
    .option("--rejected <file>", "where bad rows go")
    .option("--dry-run", "read and check all of it, store nothing")
    .option("--json", "end with one line of JSON: rows, imported, duplicates, rejected, seconds")
    .addHelpText(
      "after",
      '\nExample:\n  $ switchboard import export.csv --time-zone Africa/Nairobi --user-column "Customer No"',
    )
    .action(runImport);
}
