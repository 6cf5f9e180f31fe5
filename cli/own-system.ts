import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { environment } from "../src/runtime/config.js";
import { withDeadline } from "../src/runtime/deadline.js";
import { packageRoot } from "../src/runtime/package-root.js";
import { Failure } from "./failure.js";

/** A child process that is stopped with its group. */
export interface Running {
  pid: number;
  stop(): Promise<void>;
}

const stopWithinMs = 15_000;

/** Starts a file of the build with extra environment; what it prints goes to `onLine`. */
export function startNode(
  file: string,
  args: readonly string[],
  env: Record<string, string>,
  onLine: (line: string) => void = () => undefined,
): Running & { child: ChildProcess } {
  const child = spawn(process.execPath, [join(packageRoot, "dist", file), ...args], {
    env: { ...environment(), ...env },
    // Ctrl-C ends the run first; when this process is killed, the child ends with its channel.
    detached: true,
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  let rest = "";
  const take = (chunk: Buffer) => {
    const lines = `${rest}${chunk}`.split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) onLine(line);
  };
  child.stdout?.on("data", take);
  child.stderr?.on("data", take);
  return { child, pid: child.pid ?? 0, stop: () => stopChild(child) };
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), stopWithinMs);
  await exited;
  clearTimeout(timer);
}

/** A port that is free now, below those of outgoing connections. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    const server = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      server.once("error", () => resolve(false));
      server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
    });
    if (isFree) return port;
  }
  throw new Failure("no free port between 20000 and 30000");
}

/** A whole system of its own, embedded, in a temporary folder. */
export interface OwnSystem extends Running {
  api: string;
  socket: string;
  dataDir: string;
  /** Environment by which the CLI and further processes find it. */
  env: Record<string, string>;
}

const startWithinMs = 180_000;

/**
 * `npm start` in a temporary folder and on free ports; resolves when it is ready. `extra` is environment; without `demo` it
 * is empty but for its first admin. Throws Failure with what it said when it does not start.
 */
export async function startSystem(extra: Record<string, string> = {}, demo = false): Promise<OwnSystem> {
  const dataDir = mkdtempSync(join(tmpdir(), "switchboard-own-"));
  const [port, relayPort] = [await freePort(), await freePort()];
  const env = { DATA_DIR: dataDir, PORT: String(port), RELAY_PORT: String(relayPort), LOG_LEVEL: "warn", ...extra };
  const lines: string[] = [];
  const ready = `ready http://127.0.0.1:${port}`;
  let isReady: () => void = () => undefined;
  const system = startNode("src/embedded/main.js", demo ? [] : ["--no-demo"], env, (line) => {
    lines.push(line);
    if (line.includes(ready)) isReady();
  });
  const stop = async () => {
    await system.stop();
    rmSync(dataDir, { recursive: true, force: true });
  };
  const up = new Promise<void>((resolve, reject) => {
    isReady = resolve;
    system.child.once("exit", (code) => {
      reject(new Failure(`the system did not start (exit ${code}):\n${lines.slice(-10).join("\n")}`));
    });
  });
  try {
    await withDeadline(up, startWithinMs, "starting the system");
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    pid: system.pid,
    api: `http://127.0.0.1:${port}`,
    socket: `ws://127.0.0.1:${port}/ws/agents/`,
    dataDir,
    env: { DATA_DIR: dataDir, PORT: String(port), RELAY_PORT: String(relayPort) },
    stop,
  };
}
