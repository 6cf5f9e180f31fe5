import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { pause } from "../runtime/deadline.js";
import type { Logger } from "../runtime/logger.js";
import { freePort } from "./free-port.js";
import { markOf, stopLeftQueueServer } from "./leftovers.js";
import { exitOf, stopChild } from "./processes.js";
import { StartError } from "./start-error.js";
import { keepPort, keptPort, keptSecret } from "./state-file.js";

/** A Redis or Valkey of our own that runs. */
export interface QueueServer {
  readonly url: string;
  readonly kind: "redis" | "valkey";
  readonly port: number;
  readonly pid: number;
  /** How it ended, once it has. */
  readonly exited: Promise<string>;
  /** Stops within 1 s; what it held is lost by design: everything is found again from Postgres. */
  stop(): Promise<void>;
}

export interface QueueServerOptions {
  /** DATA_DIR; it must exist. */
  dataDir: string;
  /** That port and no other (a restart); else the last one if it is free, or the first free one from 6390. */
  port?: number;
  logger?: Logger;
}

const firstPort = 6390;
const startTimeoutMs = 10_000;
const oldestVersion = [6, 2] as const;

/** `kind` and version from what `<program> --version` prints; null for a text that is neither. */
export function parseVersion(text: string): { major: number; minor: number; version: string } | null {
  const found = /\bv=((\d+)\.(\d+)[^\s]*)/.exec(text);
  return found ? { version: found[1] ?? "", major: Number(found[2]), minor: Number(found[3]) } : null;
}

/** Whether BullMQ can use a server of that version. */
export function isRecentEnough({ major, minor }: { major: number; minor: number }): boolean {
  return major > oldestVersion[0] || (major === oldestVersion[0] && minor >= oldestVersion[1]);
}

/** The server program on the PATH that is recent enough; null: none. */
export function findQueueServer(logger?: Logger): { program: string; kind: "redis" | "valkey" } | null {
  for (const kind of ["valkey", "redis"] as const) {
    const program = `${kind}-server`;
    const asked = spawnSync(program, ["--version"], { encoding: "utf8", timeout: 5_000 });
    const version = asked.status === 0 ? parseVersion(asked.stdout) : null;
    if (version && isRecentEnough(version)) return { program, kind };
    if (version) logger?.warn({ program, version: version.version }, "too old for the queue (6.2 or newer), not used");
  }
  return null;
}

/**
 * Starts a private `valkey-server` or `redis-server` from the PATH: loopback, a random password, nothing on disk, nothing
 * evicted (a lost key would be a lost job until the sweep). null: the machine has none of 6.2 or newer. Throws StartError
 * when the one it has does not start.
 */
export async function startQueueServer(options: QueueServerOptions): Promise<QueueServer | null> {
  const { dataDir, logger } = options;
  const found = findQueueServer(logger);
  const mark = markOf(dataDir);
  await stopLeftQueueServer(dataDir, logger);
  if (!found) return null;
  const password = keptSecret(dataDir, "queuePassword");
  const folder = join(dataDir, "queue");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const log = join(dataDir, "queue.log");
  const end = Date.now() + 5_000;
  let from = firstPort;
  for (;;) {
    const port = options.port ?? (await freePort(keptPort(dataDir, "queue"), from));
    const child = launch(found.program, settingsText({ port, password, folder, mark }), log);
    const exited = exitOf(child);
    if (await answers(port, password, exited)) {
      keepPort(dataDir, "queue", port);
      return {
        url: `redis://:${password}@127.0.0.1:${port}`,
        kind: found.kind,
        port,
        pid: child.pid ?? 0,
        exited,
        stop: () =>
          stopChild(child, exited, [
            ["SIGTERM", 500],
            ["SIGKILL", 500],
          ]),
      };
    }
    await stopChild(child, exited, [["SIGKILL", 1_000]]);
    if (Date.now() > end)
      throw new StartError(`${found.program} did not start: ${lastLine(log)} (REDIS_URL=none does without)`);
    from = port + 1;
    await pause(100);
  }
}

/** The server's settings; they go in on stdin, so that the password shows neither in `ps` nor in a file. */
export function settingsText(of: { port: number; password: string; folder: string; mark: string }): string {
  return [
    "bind 127.0.0.1",
    `port ${of.port}`,
    `requirepass ${of.password}`,
    `dir ${JSON.stringify(of.folder)}`,
    'save ""',
    "appendonly no",
    "maxmemory-policy noeviction",
    "daemonize no",
    `proc-title-template "{title} {listen-addr} ${of.mark}"`,
    "",
  ].join("\n");
}

function launch(program: string, settings: string, log: string): ChildProcess {
  const file = openSync(log, "w", 0o600);
  const child = spawn(program, ["-"], { detached: true, stdio: ["pipe", file, file] });
  closeSync(file);
  child.stdin?.on("error", () => undefined);
  child.stdin?.end(settings);
  return child;
}

function lastLine(log: string): string {
  return readFileSync(log, "utf8").trimEnd().split("\n").at(-1) ?? `see ${log}`;
}

/** Asks until the server takes our password (so it is ours, not another's on that port), ended, or took too long. */
async function answers(port: number, password: string, exited: Promise<string>): Promise<boolean> {
  let ended = false;
  void exited.then(() => {
    ended = true;
  });
  const end = Date.now() + startTimeoutMs;
  while (!ended && Date.now() < end) {
    if (await asks(port, `AUTH ${password}\r\nPING\r\n`, "+OK\r\n+PONG\r\n")) return !ended;
    await pause(20);
  }
  return false;
}

function asks(port: number, request: string, expected: string): Promise<boolean> {
  return new Promise((resolve) => {
    let said = "";
    const socket = connect({ host: "127.0.0.1", port });
    const done = () => {
      socket.destroy();
      resolve(said === expected);
    };
    socket.setTimeout(1_000, done);
    socket.once("connect", () => socket.write(request));
    socket.setEncoding("utf8").on("data", (chunk: string) => {
      said += chunk;
      if (said.length >= expected.length) done();
    });
    socket.once("error", done);
    socket.once("close", done);
  });
}
