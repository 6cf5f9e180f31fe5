import type pg from "pg";
import { openDatabase } from "../../../src/db/database.js";
import { pause } from "../../../src/runtime/deadline.js";
import type { Desk } from "../../desk.js";
import { Probe } from "../probe.js";
import { endIfAsked } from "../running-desk.js";
import { Acts } from "./acts.js";
import { type AuditResult, auditDesk, auditTalk } from "./audit/audit-desk.js";
import { auditSockets } from "./audit/audit-sockets.js";
import { DeskWatch } from "./desk-watch.js";
import { EmbeddedSystem, type SystemProcess } from "./embedded-system.js";
import { Faults, type MadeFault } from "./faults.js";
import { type CrashGround, makeCrashGround } from "./ground.js";
import { Ledger, type Misses } from "./ledger.js";
import { runLoad } from "./load.js";
import { OwnWorkers } from "./own-workers.js";
import { type Undone, untilQuiet } from "./quiet.js";
import { CrashReceivers, type ReceiverFigures } from "./receivers.js";
import { type Recovery, recoveries } from "./recovery.js";
import { ActSender } from "./send-act.js";
import { CrashTalk } from "./talk.js";
import { TicketBoard } from "./ticket-board.js";

export interface CrashOptions {
  url: string;
  workers: number;
  seconds: number;
  /** Messages of customers a second. */
  rate: number;
  /** Acts of agents for each of them. */
  actsPerMessage: number;
  agents: number;
  customers: number;
  /** Seconds from one fault to the next; 0: none is made. */
  faultEveryS: number;
  /** Only faults whose names hold one of these words; []: all. */
  onlyFaults: readonly string[];
  /** How long the desk may take to be quiet after the load, s. */
  quietWithinS: number;
  /** The load's chance. */
  below: (limit: number) => number;
  /** The faults' own: the same seed gives the same faults, whatever the load does. */
  faultsBelow: (limit: number) => number;
  signal: AbortSignal;
  onNote: (text: string) => void;
}

export interface CrashFigures {
  seconds: number;
  acts: Record<string, { tried: number; acked: number }>;
  acts_skipped: number;
  misses: Misses;
  /** Answers that no fault explains. */
  findings: string[];
  findings_count: number;
  faults: Recovery[];
  /** After the load, until nothing was left to do, s; null: not within the deadline, and `undone` is what was left. */
  quiet_s: number | null;
  undone: Undone | null;
  audit: AuditResult[];
  sockets: { name: string; events: number; connections: number }[];
  /** null: the desk does not call receivers on this machine. */
  receivers: ReceiverFigures | null;
  memory: { start: SystemProcess[]; end: SystemProcess[] };
}

const onlineAgents = 4;
/** Threads of two customers, and of the customers' messages so many as are said there. */
const talkThreads = 8;
const talkShare = 0.25;
const usherEveryMs = 400;
const backWithinMs = 15_000;
const calmMs = 2000;

/** One run: ground, load and faults at once, quiet, audit. The ground is removed whatever happens. */
export async function runCrash(desk: Desk, options: CrashOptions): Promise<CrashFigures> {
  const ground = await makeCrashGround(desk, {
    agents: options.agents,
    online: Math.min(onlineAgents, options.agents),
    customers: options.customers,
  });
  try {
    return await new CrashRun(desk, ground, options).run();
  } finally {
    options.onNote("removing what the run made");
    await ground.remove();
  }
}

class CrashRun {
  readonly #desk: Desk;
  readonly #ground: CrashGround;
  readonly #options: CrashOptions;
  readonly #ledger = new Ledger();
  readonly #board = new TicketBoard();
  readonly #probe: Probe;
  readonly #acts: Acts;
  readonly #watch: DeskWatch;
  readonly #workers: OwnWorkers;
  readonly #system: EmbeddedSystem | null;
  readonly #faults: Faults;
  readonly #made: MadeFault[] = [];
  readonly #talk: CrashTalk;
  #receivers: CrashReceivers | null = null;
  #usherStopped = false;
  /** Agents close what they are given while the load lasts: what they did later would be judged half done. */
  #closes = true;
  readonly #closing = new Set<Promise<void>>();

  constructor(desk: Desk, ground: CrashGround, options: CrashOptions) {
    const { below } = options;
    this.#desk = desk;
    this.#ground = ground;
    this.#options = options;
    this.#probe = new Probe(options.url, 256);
    const sender = new ActSender(this.#probe, this.#ledger, options);
    this.#acts = new Acts({ ground, board: this.#board, ledger: this.#ledger, sender, below });
    this.#system = desk.config.embedded ? EmbeddedSystem.find(desk.config.dataDir) : null;
    this.#workers = new OwnWorkers(this.#system?.mark ?? `of verify crash ${ground.run}`);
    this.#faults = new Faults({
      pool: desk.db.pool,
      redisUrl: desk.config.redisUrl,
      system: this.#system,
      ownWorkers: () => this.#workers.pids,
      jobLockMs: desk.config.JOB_LOCK_MS,
      only: options.onlyFaults,
      below: options.faultsBelow,
    });
    const socketUrls = [options.url, desk.config.relayUrl].map((url) => url.replace(/^http/, "ws"));
    this.#talk = new CrashTalk({
      ...{ ground, ledger: this.#ledger, socketUrls, below },
      ...{ threads: talkThreads, rate: Math.max(1, options.rate * talkShare) },
      settleWithinMs: options.quietWithinS * 1000,
    });
    this.#watch = new DeskWatch({
      ground,
      board: this.#board,
      urls: socketUrls.map((url) => `${url}/ws/agents/`),
      onPushed: (ticketId, agent) => this.#onPushed(ticketId, agent),
    });
  }

  async run(): Promise<CrashFigures> {
    const { seconds, rate, actsPerMessage, workers, signal, onNote } = this.#options;
    const there = this.#system?.processes("worker").length ?? 0;
    this.#workers.start(Math.max(0, workers - there));
    await this.#untilWorkersStand(workers);
    const start = this.#system?.processes() ?? [];
    const ushering = this.#usherUntilStopped();
    const loadOver = new AbortController();
    try {
      this.#receivers = await CrashReceivers.open(this.#desk, this.#ground, this.#options);
      if (!this.#receivers) onNote("replies go to no receiver: OUTBOUND_ALLOW does not name 127.0.0.1");
      await this.#talk.open(this.#options.url);
      this.#watch.open();
      await this.#untilWatching();
      const beganAt = performance.now();
      const until = beganAt + seconds * 1000;
      const [{ skipped }] = await Promise.all([
        runLoad({ acts: this.#acts, board: this.#board, rate, actsPerMessage, until, signal }),
        this.#makeFaults(beganAt, until),
        pause(seconds * 1000, AbortSignal.any([signal, loadOver.signal])).then(() => loadOver.abort()),
        this.#receivers?.dieNowAndThen(AbortSignal.any([loadOver.signal, signal])),
        this.#talk.run(loadOver.signal, signal),
      ]);
      const endedAt = performance.now();
      this.#faults.release();
      endIfAsked(signal);
      onNote("the load is over, waiting until all of it is done");
      this.#closes = false;
      await Promise.all(this.#closing);
      const [undone] = await Promise.all([
        this.#untilQuiet(),
        this.#receivers?.untilSent(this.#options.quietWithinS, signal),
      ]);
      const quietS = undone ? null : Math.round((performance.now() - endedAt) / 100) / 10;
      await this.#talk.untilHeard(this.#desk.db.pool, signal);
      endIfAsked(signal);
      onNote("auditing");
      const received = await this.#receivers?.audit();
      const audit = [...(await this.#audit()), ...(received?.results ?? [])];
      const times = { writes: this.#ledger.ackedAt, events: this.#watch.eventsAt };
      return {
        seconds: Math.round((endedAt - beganAt) / 1000),
        acts: { ...this.#ledger.counts(), ...this.#talk.counts() },
        acts_skipped: skipped,
        misses: this.#ledger.misses,
        findings: this.#ledger.findings,
        findings_count: this.#ledger.found,
        faults: recoveries(this.#made, times, Math.min(until, endedAt)),
        quiet_s: quietS,
        undone,
        audit,
        sockets: this.#watch
          .logs()
          .map(({ name, frames, connections }) => ({ name, events: frames.size, connections })),
        receivers: received?.figures ?? null,
        memory: { start, end: this.#system?.processes() ?? [] },
      };
    } finally {
      this.#faults.release();
      this.#usherStopped = true;
      this.#closes = false;
      loadOver.abort();
      this.#watch.close();
      this.#talk.close();
      await this.#receivers?.close();
      await Promise.all([ushering, this.#workers.stop()]);
      this.#probe.close();
    }
  }

  /** Every worker has a session by which it stands for the sequencer's lead. */
  async #untilWorkersStand(workers: number): Promise<void> {
    for (const end = Date.now() + backWithinMs; Date.now() < end && !this.#options.signal.aborted; await pause(100)) {
      const { rows } = await this.#desk.db.pool.query<{ count: number }>(
        `SELECT count(*)::int AS count FROM pg_stat_activity
         WHERE application_name = 'switchboard-worker-sequencer' AND datname = current_database()`,
      );
      if ((rows[0]?.count ?? 0) >= workers) return;
    }
  }

  async #untilWatching(): Promise<void> {
    for (const end = Date.now() + backWithinMs; this.#watch.reached === null; await pause(50)) {
      if (Date.now() > end) throw new Error("the desk's sockets did not open");
    }
  }

  /** A fault, then until the desk works again, then some calm, so that each one's cost can be told. */
  async #makeFaults(beganAt: number, until: number): Promise<void> {
    const { faultEveryS, signal, onNote } = this.#options;
    if (faultEveryS === 0) return;
    const everyMs = faultEveryS * 1000;
    await pause(calmMs, signal);
    while (performance.now() < until - calmMs && !signal.aborted) {
      const kind = this.#faults.next();
      if (kind === null) return;
      const at = performance.now();
      const victim = await this.#faults.make(kind);
      const atS = Math.round((at - beganAt) / 100) / 10;
      this.#made.push({ kind, atS, at, victim });
      onNote(`${atS} s: ${kind}${victim === null ? " (nothing there)" : ` (${victim})`}`);
      await this.#untilWorking(at);
      const left = Math.max(calmMs, at + everyMs - performance.now());
      await pause(Math.min(left, Math.max(0, until - performance.now())), signal);
    }
  }

  async #untilWorking(at: number): Promise<void> {
    const after = (times: readonly number[]) => (times.at(-1) ?? 0) > at + 200;
    const works = () => after(this.#ledger.ackedAt) && this.#watch.eventsAt.every(after);
    for (const end = at + backWithinMs; performance.now() < end && !this.#options.signal.aborted; await pause(50)) {
      if (works()) return;
    }
  }

  #onPushed(ticketId: number, agent: CrashGround["agents"][number]): void {
    this.#board.moved(ticketId, "owned", agent.id);
    const closing = this.#closePushed(ticketId, agent).finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
  }

  async #closePushed(ticketId: number, agent: CrashGround["agents"][number]): Promise<void> {
    await pause(this.#options.below(2000));
    if (!this.#options.signal.aborted && this.#closes) await this.#acts.close(ticketId, agent);
  }

  async #usherUntilStopped(): Promise<void> {
    while (!this.#usherStopped) {
      // While the database is away there is nothing to usher.
      await this.#ground.usher().catch(() => undefined);
      await pause(usherEveryMs);
    }
  }

  #untilQuiet(): Promise<Undone | null> {
    return untilQuiet(this.#desk.db.pool, {
      customerIds: this.#ground.customers.map((customer) => customer.id),
      reached: () => this.#watch.reached,
      withinMs: this.#options.quietWithinS * 1000,
      signal: this.#options.signal,
    });
  }

  /** On a pool of its own: how long it takes to look through half an hour's log is no fault of anybody. */
  async #audit(): Promise<AuditResult[]> {
    const url = this.#desk.config.databaseUrl;
    const { pool, close } = openDatabase({ url, name: "switchboard-cli", poolMax: 1, statementTimeoutMs: 0 });
    try {
      return await this.#auditOn(pool);
    } finally {
      await close();
    }
  }

  async #auditOn(pool: pg.Pool): Promise<AuditResult[]> {
    const { customers, agents, capacity, beganAt } = this.#ground;
    const byDatabase = await auditDesk(pool, {
      customerIds: customers.map((customer) => customer.id),
      agentIds: agents.map((agent) => agent.id),
      ...{ capacity, beganAt, acts: this.#ledger.acts },
    });
    const talk = await auditTalk(pool, this.#talk.conversationIds, this.#talk.said);
    const watched = [{ stream: "agents", logs: this.#watch.logs() }, ...this.#talk.logs()];
    return [...byDatabase, ...talk, ...(await auditSockets(pool, watched))];
  }
}
