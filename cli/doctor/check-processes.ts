import { readdirSync, readFileSync } from "node:fs";
import { sql } from "kysely";
import type { Database } from "../../src/db/database.js";
import { type Check, fail, ok, warn } from "./check.js";

const programs: [pattern: RegExp, name: string][] = [
  [/workers\/main\.js/, "worker"],
  [/src\/api\/main\.js/, "API"],
  [/src\/realtime\/main\.js/, "relay"],
];

/** A process of the desk on this machine that is stopped (SIGSTOP, a debugger, a frozen container). */
export interface StoppedProcess {
  name: string;
  pid: number;
}

/** Processes on this machine that work for that database and are stopped; none where there is no /proc. */
export function stoppedProcesses(databaseUrl: string, proc = "/proc"): StoppedProcess[] {
  let pids: string[];
  try {
    pids = readdirSync(proc).filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
  return pids.flatMap((pid) => {
    try {
      // "pid (name) state …": the name may hold anything, so the state is what follows the last bracket.
      const state = /\) (\w) [^)]*$/.exec(readFileSync(`${proc}/${pid}/stat`, "utf8"))?.[1];
      if (state !== "T" && state !== "t") return [];
      const line = readFileSync(`${proc}/${pid}/cmdline`, "utf8");
      const name = programs.find(([pattern]) => pattern.test(line))?.[1];
      if (!name || !readFileSync(`${proc}/${pid}/environ`, "utf8").includes(`DATABASE_URL=${databaseUrl}\0`)) return [];
      return [{ name, pid: Number(pid) }];
    } catch {
      // It ended meanwhile, or is not ours to look at.
      return [];
    }
  });
}

/**
 * Whether workers run. Each stands for election on a connection of its own, which Postgres drops when the worker says
 * nothing for 1.5 s: connections without such a one are a worker that is stopped or hangs.
 */
export async function checkWorkers(db: Database, stopped: readonly StoppedProcess[]): Promise<Check> {
  const { rows } = await sql<{ standing: number; connected: number }>`
    SELECT count(*) FILTER (WHERE application_name = 'switchboard-worker-sequencer')::int AS standing,
           count(*) FILTER (WHERE application_name <> 'switchboard-worker-sequencer')::int AS connected
    FROM pg_stat_activity WHERE application_name LIKE 'switchboard-worker%' AND datname = current_database()`.execute(
    db.kysely,
  );
  const { standing = 0, connected = 0 } = rows[0] ?? {};
  const halted = stopped.filter(({ name }) => name === "worker");
  if (halted.length > 0) {
    const pids = halted.map(({ pid }) => pid).join(", ");
    const found = `${halted.length} stopped (pid ${pids}), ${standing} at work`;
    const advice = `let it go on (kill -CONT ${pids}) or end it (kill -9 ${pids}): its jobs are worked again elsewhere`;
    return standing === 0 ? fail("workers", found, advice) : warn("workers", found, advice);
  }
  if (standing > 0) return ok("workers", `${standing} at work`);
  if (connected > 0) {
    return fail("workers", "one is connected and says nothing", "it is stopped or hangs: end it and start another");
  }
  return fail("workers", "none runs", "start one: node dist/workers/main.js (Procfile: worker)");
}

/** API and relay processes on this machine that are stopped; null: none is. */
export function checkStopped(stopped: readonly StoppedProcess[]): Check | null {
  const others = stopped.filter(({ name }) => name !== "worker");
  if (others.length === 0) return null;
  const found = others.map(({ name, pid }) => `${name} (pid ${pid}) is stopped`).join(", ");
  return fail("processes", found, `let it go on: kill -CONT ${others.map(({ pid }) => pid).join(" ")}`);
}
