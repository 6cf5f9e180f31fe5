import pg from "pg";
import type { Bus } from "../bus/bus.js";
import { typeParsers } from "../db/database.js";
import { biteOutbox, biteRows, moveCursor, planBites } from "../db/queries/bite-outbox.js";
import { makePartitions } from "../db/queries/events-partitions.js";
import { eventOf } from "../db/queries/read-events.js";
import { sqlState } from "../db/transaction.js";
import { pause } from "../runtime/deadline.js";
import type { Logger } from "../runtime/logger.js";
import { enqueueEvents } from "./enqueue-events.js";
import { EventBuffer } from "./event-buffer.js";
import type { OnBite } from "./meter-sequencer.js";
import type { Producer } from "./producer.js";
import { SequencerLane } from "./sequencer-lane.js";

/** "swbd" in ASCII: the advisory lock that the leader holds. */
const lockKey = 0x73776264;
const bufferMax = 5000;
const cursorEveryMs = 100;
const lookEveryMs = 50;
/**
 * A bite costs as much for one event as for twenty. The next begins 4 ms after the last one in calm times, and under load as
 * many ms after it as it took events, 12 at most: bites are then few and large.
 */
const biteEveryMs = { calm: 4, most: 12 };
/** Jobs of so long a time are enqueued together, ms: nobody watches a score for 40 ms, and it is one transaction. */
const enqueueEveryMs = 40;
const daysAhead = 3;

export interface LeaderOptions {
  databaseUrl: string;
  bus: Bus;
  producer: Producer;
  logger: Logger;
  name: string;
  /** Told of each bite, for the figures. */
  onBite?: OnBite;
}

/** A connection of the sequencer's own, on which it may win the lead; nothing else runs on it, and no pooler before it. */
export async function openSequencerClient(options: Pick<LeaderOptions, "databaseUrl" | "name">): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: options.databaseUrl,
    application_name: `${options.name}-sequencer`,
    connectionTimeoutMillis: 3000,
    query_timeout: 10_000,
    types: typeParsers,
    keepAlive: true,
  });
  client.on("error", () => undefined);
  await client.connect();
  // Postgres drops a leader that says nothing for 1.5 s (it pings every 300 ms), and its lock with it.
  await client.query(
    "SET idle_session_timeout = 1500; SET idle_in_transaction_session_timeout = 1000; SET synchronous_commit = on",
  );
  await planBites(client);
  return client;
}

/** Whether this connection leads now. */
export async function tryToLead(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ won: boolean }>("SELECT pg_try_advisory_lock($1) AS won", [lockKey]);
  return rows[0]?.won ?? false;
}

/**
 * The leader's term: it bites, its two lanes publish and enqueue, and the cursor follows the slower one. The term ends
 * when `stop` is called or when its connection fails; from then on it writes nothing.
 */
export class SequencerLeader {
  readonly #client: pg.Client;
  readonly #options: LeaderOptions;
  readonly #buffer = new EventBuffer(bufferMax);
  readonly #ended = new AbortController();
  #lanes: SequencerLane[] = [];
  #lastSeq = 0;
  #cursor = 0;
  #cursorTimer: NodeJS.Timeout | null = null;
  #wakeUp: (() => void) | null = null;
  #awake = false;
  #bittenAt = Number.NEGATIVE_INFINITY;
  #lastBite = 0;
  #turn: Promise<unknown> = Promise.resolve();
  #lost: unknown = null;

  constructor(client: pg.Client, options: LeaderOptions) {
    this.#client = client;
    this.#options = options;
  }

  /** There is news in the outbox. */
  wake(): void {
    this.#awake = true;
    this.#wakeUp?.();
  }

  /** Highest `seq` given, and how far both lanes are. */
  get progress(): { last: number; published: number; enqueued: number } {
    const [bus, queue] = this.#lanes;
    return { last: this.#lastSeq, published: bus?.seq ?? 0, enqueued: queue?.seq ?? 0 };
  }

  /** Ends the term after the bite that is under way. */
  end(): void {
    this.#ended.abort();
    this.wake();
  }

  /** Bites until the term ends; throws what ended it, if it was a failure. */
  async run(): Promise<void> {
    const { bus, producer, logger } = this.#options;
    await makePartitions(this.#client, daysAhead);
    const { rows } = await this.#client.query<{ last_seq: number; published_seq: number }>(
      "SELECT last_seq, published_seq FROM sequencer",
    );
    this.#lastSeq = rows[0]?.last_seq ?? 0;
    this.#cursor = rows[0]?.published_seq ?? 0;
    const common = { from: this.#cursor, read: (after: number) => this.#read(after), logger };
    const onProgress = () => this.#planCursor();
    this.#lanes = [
      new SequencerLane({
        ...common,
        name: "bus",
        everyMs: 0,
        deliver: (events) => bus.publishEvents(events),
        onProgress,
      }),
      new SequencerLane({
        ...common,
        name: "queue",
        everyMs: enqueueEveryMs,
        deliver: (events) => enqueueEvents(producer, events),
        onProgress,
      }),
    ];
    this.#client.once("end", () => this.#lose(new Error("the sequencer's connection ended")));
    for (const lane of this.#lanes) lane.start();
    const timers = [
      setInterval(() => this.#ping(), 300),
      setInterval(() => void bus.publishHead(this.progress.published).catch(() => undefined), 1000),
      setInterval(() => this.#beat(), 5000),
    ];
    this.#beat();
    try {
      while (!this.#ended.signal.aborted) await this.#biteOnce();
      if (this.#lost !== null) throw this.#lost;
      await this.#drain();
    } finally {
      for (const timer of timers) clearInterval(timer);
      this.#ended.abort();
      await Promise.all(this.#lanes.map((lane) => lane.stop()));
      if (this.#cursorTimer) clearTimeout(this.#cursorTimer);
      await this.#moveCursor().catch(() => undefined);
    }
  }

  /** One statement at a time on the leader's connection, in the order in which they were asked for. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work, work);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  async #biteOnce(): Promise<void> {
    const everyMs = Math.min(biteEveryMs.most, Math.max(biteEveryMs.calm, this.#lastBite));
    const early = this.#bittenAt + everyMs - performance.now();
    if (early > 0) await pause(early, this.#ended.signal);
    this.#awake = false;
    this.#bittenAt = performance.now();
    const events = await this.#inTurn(() => this.#bite());
    this.#options.onBite?.(events.length, (performance.now() - this.#bittenAt) / 1000);
    this.#lastBite = events.length;
    const last = events.at(-1);
    if (last) {
      this.#lastSeq = last.seq;
      this.#buffer.push(events);
      for (const lane of this.#lanes) lane.kick();
    }
    if (events.length < biteRows && !this.#awake) await this.#sleep();
  }

  async #bite() {
    try {
      return await biteOutbox(this.#client);
    } catch (error) {
      // No partition for today: the clock went past all that were made.
      if (sqlState(error) !== "23514") throw error;
      await makePartitions(this.#client, daysAhead);
      return biteOutbox(this.#client);
    }
  }

  async #sleep(): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, lookEveryMs);
      this.#wakeUp = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wakeUp = null;
  }

  /** From memory, or, for a lane that fell behind it, a page from the log. */
  async #read(after: number) {
    if (after >= this.#lastSeq) return [];
    const inMemory = this.#buffer.after(after, biteRows);
    if (inMemory && inMemory.length > 0) return inMemory;
    const page = {
      name: "sequencer-read",
      text: `SELECT seq, stream, pos, type, payload, request_id, stage, subject_id, created_at
             FROM events WHERE seq > $1 ORDER BY seq LIMIT $2`,
      values: [after, biteRows],
    };
    const { rows } = await this.#inTurn(() => this.#client.query(page));
    return rows.map(eventOf);
  }

  #planCursor(): void {
    this.#cursorTimer ??= setTimeout(() => {
      this.#cursorTimer = null;
      void this.#moveCursor().catch(() => undefined);
    }, cursorEveryMs);
  }

  async #moveCursor(): Promise<void> {
    const reached = Math.min(...this.#lanes.map((lane) => lane.seq));
    if (!Number.isFinite(reached) || reached <= this.#cursor) return;
    await this.#inTurn(() => moveCursor(this.#client, reached));
    this.#cursor = reached;
    this.#buffer.trim(reached);
  }

  /** At the end of a term in peace: what was bitten leaves, as far as the stores take it within 2 s. */
  async #drain(): Promise<void> {
    const deadline = Date.now() + 2000;
    const isBehind = () => this.#lanes.some((lane) => lane.seq < this.#lastSeq && !lane.failing);
    while (isBehind() && this.#lost === null && Date.now() < deadline) await pause(5);
  }

  #ping(): void {
    void this.#inTurn(() => this.#client.query("SELECT 1")).catch((error) => this.#lose(error));
  }

  /** The lead went with the connection: what was bitten and not said is the next leader's. */
  #lose(error: unknown): void {
    this.#lost ??= error;
    for (const lane of this.#lanes) lane.close();
    this.end();
  }

  /** The desk's heartbeat, by which leases know of a time when nobody could be seen (DESIGN.md 7). */
  #beat(): void {
    const text = `UPDATE system SET heartbeat_at = now(),
      gap_ended_at = CASE WHEN now() - heartbeat_at > interval '30 s' THEN now() ELSE gap_ended_at END`;
    void this.#inTurn(() => this.#client.query(text)).catch(() => undefined);
  }
}
