import { connect } from "node:net";
import type pg from "pg";
import { waitAtMost, withDeadline } from "../../../src/runtime/deadline.js";
import { type EmbeddedSystem, holdsPort, type SystemPart } from "./embedded-system.js";

/** What can be done to a system. */
export const faultKinds = [
  "kill a worker",
  "kill the leader",
  "kill the api",
  "kill the relay",
  "stop a worker past its lock",
  "stop the leader for 4 s",
  "cut all sessions",
  "kill redis",
  "flush redis",
  "restart postgres",
  "restart postgres at once",
  "kill postgres",
] as const;
export type FaultKind = (typeof faultKinds)[number];

/** A fault that was made. */
export interface MadeFault {
  kind: FaultKind;
  /** Seconds after the load began. */
  atS: number;
  /** When, ms of `performance.now()`. */
  at: number;
  /** Process ids, or what else it was done to; null: there was nothing to do it to. */
  victim: string | null;
}

export interface FaultParts {
  pool: pg.Pool;
  redisUrl: string | null;
  /** null: nothing but the run's own workers may be killed. */
  system: EmbeddedSystem | null;
  ownWorkers: () => number[];
  jobLockMs: number;
  /** Only kinds whose names hold one of these words; []: all. */
  only: readonly string[];
  below: (limit: number) => number;
}

/** "swbd" in ASCII: the advisory lock of the sequencer's leader (README, "Operations"). */
const leaderLock = 0x73776264;
const leaderStopMs = 4000;
const pastLockMs = 2000;

/** Makes faults, one at a time, in an order that the seed gives; each kind comes once before any comes again. */
export class Faults {
  readonly #parts: FaultParts;
  readonly #stopped = new Map<number, NodeJS.Timeout>();
  #deck: FaultKind[] = [];

  constructor(parts: FaultParts) {
    this.#parts = parts;
  }

  /** Those that can be made here. */
  get kinds(): FaultKind[] {
    const { system, redisUrl, only } = this.#parts;
    const wanted = faultKinds.filter((kind) => only.length === 0 || only.some((word) => kind.includes(word)));
    if (!system) return wanted.filter((kind) => kind.includes("a worker"));
    const hasRedis = redisUrl !== null && system.processes("redis").length > 0;
    return wanted.filter((kind) => hasRedis || !kind.endsWith("redis"));
  }

  /** null: there is none that could be made here. */
  next(): FaultKind | null {
    if (this.#deck.length === 0) this.#deck = shuffled(this.kinds, this.#parts.below);
    return this.#deck.pop() ?? null;
  }

  /** Makes it; what it was made to. Never rejects: what cannot be done now is told so. */
  async make(kind: FaultKind): Promise<string | null> {
    try {
      return await this.#make(kind);
    } catch (error) {
      return `not made: ${error instanceof Error ? error.message : String(error)}`;
    }
  }

  /** What was stopped goes on. */
  release(): void {
    for (const pid of [...this.#stopped.keys()]) this.#goOn(pid);
  }

  async #make(kind: FaultKind): Promise<string | null> {
    switch (kind) {
      case "kill a worker":
        return this.#signal(this.#anyWorker(), "SIGKILL");
      case "kill the leader":
        return this.#signal(await this.#leader(), "SIGKILL");
      case "kill the api":
        return this.#signalAll("api", "SIGKILL");
      case "kill the relay":
        return this.#signalAll("relay", "SIGKILL");
      case "stop a worker past its lock":
        return this.#stop(this.#anyWorker(), this.#parts.jobLockMs + pastLockMs);
      case "stop the leader for 4 s":
        return this.#stop(await this.#leader(), leaderStopMs);
      case "cut all sessions":
        return this.#cutSessions();
      case "kill redis":
        return this.#signalAll("redis", "SIGKILL");
      case "flush redis":
        return this.#flush();
      case "restart postgres":
        return this.#signalAll("postgres", "SIGINT");
      case "restart postgres at once":
        return this.#signalAll("postgres", "SIGQUIT");
      case "kill postgres":
        return this.#signalAll("postgres", "SIGKILL");
    }
  }

  #workers(): number[] {
    const { system, ownWorkers } = this.#parts;
    return [...new Set([...(system?.processes("worker").map(({ pid }) => pid) ?? []), ...ownWorkers()])];
  }

  #anyWorker(): number | null {
    const workers = this.#workers().filter((pid) => !this.#stopped.has(pid));
    return workers[this.#parts.below(Math.max(1, workers.length))] ?? null;
  }

  /** The worker whose session holds the leader's lock, found by the port of its connection. */
  async #leader(): Promise<number | null> {
    const query = this.#parts.pool.query<{ port: number }>(
      `SELECT a.client_port AS port FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
       WHERE l.locktype = 'advisory' AND l.granted AND l.objid = $1::bigint::oid AND l.classid = 0
         AND a.datname = current_database()`,
      [leaderLock],
    );
    const { rows } = await withDeadline(query, 2000, "asking for the leader");
    const port = rows[0]?.port;
    return port === undefined ? null : (this.#workers().find((pid) => holdsPort(pid, port)) ?? null);
  }

  #signal(pid: number | null, signal: NodeJS.Signals): string | null {
    if (pid === null) return null;
    process.kill(pid, signal);
    return String(pid);
  }

  #signalAll(part: SystemPart, signal: NodeJS.Signals): string | null {
    const victims = this.#parts.system?.processes(part) ?? [];
    for (const { pid } of victims) this.#signal(pid, signal);
    return victims.length === 0 ? null : victims.map(({ pid }) => pid).join(" ");
  }

  #stop(pid: number | null, forMs: number): string | null {
    if (pid === null || this.#stopped.has(pid)) return null;
    process.kill(pid, "SIGSTOP");
    this.#stopped.set(
      pid,
      setTimeout(() => this.#goOn(pid), forMs),
    );
    return `${pid} for ${forMs} ms`;
  }

  #goOn(pid: number): void {
    clearTimeout(this.#stopped.get(pid));
    this.#stopped.delete(pid);
    try {
      process.kill(pid, "SIGCONT");
    } catch {
      // It was killed while it was stopped.
    }
  }

  async #cutSessions(): Promise<string> {
    const query = this.#parts.pool.query<{ cut: number }>(
      `SELECT count(pg_terminate_backend(pid))::int AS cut FROM pg_stat_activity
       WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name LIKE 'switchboard-%'
         AND application_name <> 'switchboard-cli'`,
    );
    const { rows } = await withDeadline(query, 2000, "cutting sessions");
    return `${rows[0]?.cut ?? 0} sessions`;
  }

  async #flush(): Promise<string | null> {
    const { redisUrl } = this.#parts;
    if (redisUrl === null) return null;
    const { hostname, port, password } = new URL(redisUrl);
    const socket = connect({ host: hostname, port: Number(port) });
    socket.on("error", () => undefined);
    const auth = password === "" ? "" : `AUTH ${decodeURIComponent(password)}\r\n`;
    socket.end(`${auth}FLUSHALL\r\nQUIT\r\n`);
    await waitAtMost(2000, new Promise((resolve) => socket.resume().once("close", resolve)));
    return "FLUSHALL";
  }
}

function shuffled<T>(items: readonly T[], below: (limit: number) => number): T[] {
  const left = [...items];
  return items.flatMap(() => left.splice(below(left.length), 1));
}
