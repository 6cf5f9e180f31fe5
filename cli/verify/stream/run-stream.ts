import type pg from "pg";
import { pause, withDeadline } from "../../../src/runtime/deadline.js";
import type { Desk } from "../../desk.js";
import { seededRandom } from "../../seeded-random.js";
import { EmbeddedSystem } from "../crash/embedded-system.js";
import { Faults, type MadeFault } from "../crash/faults.js";
import { OwnWorkers } from "../crash/own-workers.js";
import type { ClientFigures } from "./client-messages.js";
import { ClientsProcess } from "./clients-process.js";
import { frameHash, frameOfRow, type LoggedEvent } from "./frame-hash.js";
import { makeStreamGround } from "./stream-ground.js";
import { writeEvents } from "./write-events.js";

export interface StreamOptions {
  url: string;
  clients: number;
  /** Of all clients, the share that is dropped each second. */
  dropRate: number;
  events: number;
  /** Events a second. */
  rate: number;
  /** Seconds from one fault to the next; 0: none. */
  faultEveryS: number;
  seed: number;
  below: (limit: number) => number;
  signal: AbortSignal;
  onNote: (text: string) => void;
  onProgress: (written: number) => void;
}

/** What the log itself has of what was written. */
export interface LogFigures {
  /** Positions of the stream during the run, and those of them that are not 1 more than the one before. */
  positions: number;
  broken: number;
  /** Events that were acknowledged, and those of them that are not in the log. */
  written: number;
  lost: number;
}

export interface StreamFigures {
  seconds: number;
  log: LogFigures;
  clients: ClientFigures;
  faults: Pick<MadeFault, "kind" | "atS" | "victim">[];
}

const stream = "agents";
const page = 10_000;
const publishedWithinMs = 60_000;
const openWithinMs = 120_000;

/** One run: clients on the stream, events into it, drops and faults meanwhile, then all logs against the stream's. */
export async function runStream(desk: Desk, options: StreamOptions): Promise<StreamFigures> {
  const ground = await makeStreamGround(desk);
  const clients = new ClientsProcess();
  const system = desk.config.embedded ? EmbeddedSystem.find(desk.config.dataDir) : null;
  const workers = new OwnWorkers(system?.mark ?? "of verify stream");
  const { pool } = desk.db;
  const { url, signal } = options;
  const chaos = options.faultEveryS > 0;
  const faults = new Faults({
    ...{ pool, redisUrl: desk.config.redisUrl, system },
    // Their own numbers: what the writers take of theirs depends on the clock.
    below: seededRandom(options.seed).below,
    ...{ ownWorkers: () => workers.pids, jobLockMs: desk.config.JOB_LOCK_MS },
    only: ["relay", "redis", "leader"],
  });
  try {
    // Another one takes the lead over while the first is started again.
    if (chaos) workers.start(1);
    await clients.ask("ready");
    await untilPublished(pool);
    const { since, epoch } = await headOf(pool);
    const urls = [url, desk.config.relayUrl].map((base) => `${base.replace(/^http/, "ws")}/ws/agents/`);
    options.onNote(`opening ${options.clients} clients`);
    const order = { clients: options.clients, dropRate: options.dropRate, seed: options.seed };
    const opened = clients.ask("open", { do: "open", urls, token: ground.token, since, epoch, ...order });
    await withDeadline(opened, openWithinMs, "opening the clients");
    const beganAt = performance.now();
    const writing = new AbortController();
    const making = makeFaults(faults, options, { beganAt, done: writing.signal });
    const { ticketId } = ground;
    const written = await writeEvents({ pool, ticketId, count: options.events, ...options });
    writing.abort();
    const made = await making;
    faults.release();
    options.onNote("all is written, waiting for the last client");
    await untilPublished(pool);
    const { since: head } = await headOf(pool);
    await clients.ask("settled", { do: "settle", pos: head });
    const { hashes, log } = await readLog(pool, { since, head, ticketId, written: signal.aborted ? null : written });
    const { figures } = await clients.ask("judged", { do: "judge", from: since, hashes });
    return { seconds: Math.round((performance.now() - beganAt) / 1000), log, clients: figures, faults: made };
  } finally {
    faults.release();
    clients.end();
    await workers.stop();
    await ground.remove();
  }
}

async function makeFaults(
  faults: Faults,
  { faultEveryS, signal, onNote }: StreamOptions,
  { beganAt, done }: { beganAt: number; done: AbortSignal },
): Promise<StreamFigures["faults"]> {
  const made: StreamFigures["faults"] = [];
  if (faultEveryS === 0) return made;
  while (!signal.aborted) {
    await pause(faultEveryS * 1000, done);
    const kind = done.aborted ? null : faults.next();
    if (kind === null) break;
    const atS = Math.round((performance.now() - beganAt) / 100) / 10;
    const victim = await faults.make(kind);
    onNote(`${atS} s: ${kind} (${victim ?? "nothing there"})`);
    made.push({ kind, atS, victim });
  }
  return made;
}

async function headOf(pool: pg.Pool): Promise<{ since: number; epoch: string }> {
  const { rows } = await pool.query<{ since: number; epoch: string }>(
    "SELECT coalesce((SELECT last_pos FROM streams WHERE stream = $1), 0) AS since, (SELECT epoch FROM system) AS epoch",
    [stream],
  );
  return { since: Number(rows[0]?.since ?? 0), epoch: rows[0]?.epoch ?? "" };
}

/** Waits until the outbox is empty and all of the log is published. */
async function untilPublished(pool: pg.Pool): Promise<void> {
  for (const end = Date.now() + publishedWithinMs; ; await pause(100)) {
    const waiting = await pool
      .query<{ waiting: boolean }>(
        "SELECT EXISTS (SELECT FROM outbox) OR (SELECT last_seq <> published_seq FROM sequencer) AS waiting",
      )
      .catch(() => null);
    if (waiting?.rows[0]?.waiting === false) return;
    if (Date.now() > end) throw new Error(`the log was not published within ${publishedWithinMs / 1000} s`);
  }
}

/** The stream's log of the run in plain SQL: what each position says, and whether all that was written is in it. */
async function readLog(
  pool: pg.Pool,
  { since, head, ticketId, written }: { since: number; head: number; ticketId: number; written: number | null },
): Promise<{ hashes: number[]; log: LogFigures }> {
  const hashes: number[] = [];
  let broken = 0;
  let last = since;
  const marks = new Set<number>();
  for (let after = since; after < head; after += page) {
    const { rows } = await pool.query<LoggedEvent>(
      `SELECT stream, pos, type, payload, request_id FROM events
       WHERE stream = $1 AND pos > $2 AND pos <= $3 ORDER BY pos, seq`,
      [stream, after, Math.min(head, after + page)],
    );
    for (const row of rows) {
      const pos = Number(row.pos);
      if (pos !== last + 1) broken++;
      last = pos;
      hashes[pos - since - 1] = frameHash(frameOfRow(row));
      if (Number(row.payload.message_id) === ticketId && row.payload.reason === "verify")
        marks.add(Number(row.payload.n));
    }
  }
  if (last !== head) broken++;
  const lost = written === null ? 0 : written - marks.size;
  return { hashes, log: { positions: head - since, broken, written: written ?? marks.size, lost } };
}
