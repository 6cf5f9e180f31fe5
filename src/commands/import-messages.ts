import { createHash } from "node:crypto";
import type { PoolClient } from "pg";
import type { Database } from "../db/database.js";
import {
  type ImportedRows,
  type ImportProgress,
  importRows,
  type RowToImport,
  readImport,
  saveImport,
} from "../db/queries/import-rows.js";
import { upsertCustomers } from "../db/queries/store-messages.js";
import { inClientTransaction } from "../db/transaction.js";
import { dueAt } from "../domain/queue-order.js";
import { queueFor } from "../domain/routing.js";
import { scoreText } from "../urgency/score.js";
import type { CommandContext } from "./context.js";

/** A message of a file: who wrote it, when, and what. */
export interface ImportRow {
  userId: string;
  sentAt: Date;
  body: string;
}

/** Consecutive records of a file. */
export interface ImportBatch {
  rows: ImportRow[];
  /** Records of the file up to the end of this batch, good and bad. */
  records: number;
  /** The bad ones among them. */
  rejected: number;
}

export interface ImportOptions {
  /** What an interrupted import of the same file is found by, and a name for people. */
  file: { key: string; name: string };
  /** Age counts from each row's own time, not from now. */
  keepAge: boolean;
  /** Aborted: the batch under way is finished, nothing more is begun. */
  signal: AbortSignal;
  /** Told after each batch that is on disk. */
  onBatch: (progress: ImportProgress) => void;
}

type ImportContext = Pick<CommandContext, "db" | "wake" | "limits">;
type ScoredRow = Omit<RowToImport, "customerId" | "queue"> & { userId: string };

/** A row is known by its user, time and body: the same row is stored once, however often and from whatever file. */
export function importKey(row: ImportRow): Buffer {
  return createHash("sha256").update(`${row.userId}\0${row.sentAt.toISOString()}\0${row.body}`).digest();
}

/** Batches that are at the database at once: two use two cores, more would only wait for each other's customers. */
const underWayMax = 2;

/**
 * Stores a file's messages, each with its ticket, scored and routed as a live one would be. A batch is a transaction, and
 * notes how far the file is done, counting only batches before which all are committed: an interrupted import goes on
 * behind those, and what it repeats is known by its keys. While two batches are at the database the next is read and
 * scored; no more than those three are in memory. Rows that are there already count as duplicates. Throws what the
 * batches or the database throw; what is committed stays.
 */
export async function importMessages(
  ctx: ImportContext,
  batches: AsyncIterable<ImportBatch>,
  options: ImportOptions,
): Promise<ImportProgress> {
  const progress = { records: 0, imported: 0, duplicates: 0, rejected: 0 };
  const before = await withClient(ctx.db, (client) => readImport(client, options.file.key));
  const underWay: Promise<void>[] = [];
  /** Stores a batch, and counts it once all before it are counted. */
  const store = async (batch: ImportBatch, scored: ScoredRow[], earlier: Promise<void>) => {
    const storing = scored.length > 0 ? storeBatch(ctx, scored, progress, options) : null;
    const [stored] = await Promise.all([storing, earlier]);
    advance(progress, batch, stored?.count ?? 0);
    if (stored) ctx.wake();
    options.onBatch({ ...progress });
  };
  const save = (finished: boolean) =>
    withClient(ctx.db, (client) => saveImport(client, options.file, { ...progress, finished }));
  try {
    for await (const batch of batches) {
      if (options.signal.aborted) break;
      const done = before !== null && batch.records <= before.records;
      const scored = done ? [] : batch.rows.map((row) => scoreRow(row, ctx.limits.AGEING_HORIZON_HOURS));
      if (underWay.length >= underWayMax) await underWay.shift();
      if (options.signal.aborted) break;
      const stored = store(batch, scored, underWay.at(-1) ?? Promise.resolve());
      stored.catch(() => undefined);
      underWay.push(stored);
    }
    await Promise.all(underWay);
  } catch (error) {
    await Promise.allSettled(underWay);
    await save(false).catch(() => undefined);
    throw error;
  }
  await save(!options.signal.aborted);
  return progress;
}

function advance(progress: ImportProgress, batch: ImportBatch, imported: number): void {
  progress.records = batch.records;
  progress.rejected = batch.rejected;
  progress.imported += imported;
  progress.duplicates += batch.rows.length - imported;
}

function scoreRow(row: ImportRow, horizonHours: number): ScoredRow {
  const result = scoreText(row.body);
  const start = new Date(0);
  return {
    ...result,
    key: importKey(row),
    userId: row.userId,
    body: row.body,
    sentAt: row.sentAt,
    dueAfterMs: dueAt(start, result.score, horizonHours).getTime(),
  };
}

async function storeBatch(
  ctx: ImportContext,
  scored: readonly ScoredRow[],
  before: ImportProgress,
  options: ImportOptions,
): Promise<ImportedRows> {
  return inClientTransaction(ctx.db, async (client) => {
    const queues = await client.query<{ name: string; topics: string[] }>("SELECT name, topics FROM queues");
    const customers = await upsertCustomers(
      client,
      scored.map((row) => row.userId),
    );
    const rows = scored.map((row) => ({
      ...row,
      customerId: customers.get(row.userId) ?? 0,
      queue: queueFor(row.topic, queues.rows),
    }));
    const stored = await importRows(client, rows, options.keepAge);
    await saveImport(client, options.file, { ...before, finished: false });
    return stored;
  });
}

async function withClient<T>(db: Database, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await db.pool.connect();
  try {
    return await work(client);
  } finally {
    client.release();
  }
}
