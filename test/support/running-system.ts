import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packageRoot } from "../../src/runtime/package-root.js";
import { freePort } from "./free-port.js";

/** The whole system as a person starts it, on ports of its own, in a temporary DATA_DIR. */
export interface RunningSystem {
  api: string;
  socket: string;
  dataDir: string;
  /** Environment by which the CLI finds it. */
  env: NodeJS.ProcessEnv;
  /** All that it printed so far. */
  output(): string;
  /** Pids whose command line or title names the part: `api`, `worker`, `relay`, `redis`. */
  pids(part: string): number[];
  stop(): Promise<number | null>;
}

/** Starts `npm start`'s program and resolves when it has printed its last line. */
export async function startRunningSystem(
  options: { args?: string[]; env?: NodeJS.ProcessEnv } = {},
): Promise<RunningSystem> {
  const dataDir = mkdtempSync(join(tmpdir(), "switchboard-e2e-"));
  const [port, relayPort] = [await freePort(), await freePort()];
  const own = { DATA_DIR: dataDir, PORT: String(port), RELAY_PORT: String(relayPort) };
  const env: NodeJS.ProcessEnv = { ...process.env, LOG_FORMAT: "json", ...own, ...options.env };
  const child: ChildProcess = spawn(process.execPath, ["dist/src/embedded/main.js", ...(options.args ?? [])], {
    cwd: packageRoot,
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  const api = `http://127.0.0.1:${port}`;
  const take = (chunk: Buffer) => {
    output += String(chunk);
  };
  child.stderr?.on("data", take);
  await new Promise<void>((resolve, reject) => {
    child.stdout?.on("data", (chunk) => {
      take(chunk);
      if (output.includes(`ready ${api}\n`)) resolve();
    });
    child.once("exit", (code) => reject(new Error(`exit ${code}: ${output.slice(-2000)}`)));
  });
  return {
    api,
    socket: `ws://127.0.0.1:${port}/ws/agents/`,
    dataDir,
    env,
    output: () => output,
    pids: (part) => pidsOf(dataDir, port, part),
    stop: async () => {
      const exited = child.exitCode === null ? once(child, "exit") : null;
      child.kill("SIGINT");
      await exited;
      rmSync(dataDir, { recursive: true, force: true });
      return child.exitCode;
    },
  };
}

const marks: Record<string, string> = {
  api: "dist/src/api/main.js",
  worker: "dist/workers/main.js",
  relay: "dist/src/realtime/main.js",
  redis: "redis-server",
};

/** The processes of this system, found by its PORT in their environment, or by its folder for the servers. */
function pidsOf(dataDir: string, port: number, part: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const line = readFileSync(`/proc/${pid}/cmdline`, "utf8");
        const isPart = line.includes(marks[part] ?? part);
        const around = `${line}${readFileSync(`/proc/${pid}/environ`, "utf8")}`;
        return isPart && (around.includes(`PORT=${port}\0`) || around.includes(dataDir));
      } catch {
        return false;
      }
    })
    .map(Number);
}
