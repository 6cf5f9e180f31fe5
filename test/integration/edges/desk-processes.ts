import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packageRoot } from "../../../src/runtime/package-root.js";
import { createTokens } from "../../../src/runtime/tokens.js";
import { freePort } from "../../support/free-port.js";
import { until } from "../../support/until.js";

const programs = {
  api: "dist/src/api/main.js",
  worker: "dist/workers/main.js",
  relay: "dist/src/realtime/main.js",
} as const;

/** One process of a desk that has several of each. */
export interface DeskProcess {
  port: number;
  child: ChildProcess;
  /** What it printed. */
  log(): string;
  /** Resolves when it has ended. */
  kill(signal: "SIGKILL" | "SIGTERM"): Promise<void>;
}

const secret = "the secret of two of each, 32 characters";
export const deskTokens = createTokens({ secret, accessTtlS: 3600 });

/** Starts processes of a desk as built, as many of each as a test wants; all of them end with `close`. */
export function deskProcesses(given: { databaseUrl: string; redisUrl: string; env?: Record<string, string> }) {
  const dataDir = mkdtempSync(join(tmpdir(), "switchboard-two-"));
  const running: DeskProcess[] = [];

  async function start(kind: keyof typeof programs, given_?: { port?: number }): Promise<DeskProcess> {
    const port = given_?.port ?? (await freePort());
    const child = spawn(process.execPath, [join(packageRoot, programs[kind])], {
      env: {
        PATH: process.env.PATH ?? "",
        HOST: "127.0.0.1",
        PORT: String(port),
        RELAY_PORT: String(port),
        WORKER_METRICS_PORT: String(port),
        DATABASE_URL: given.databaseUrl,
        REDIS_URL: given.redisUrl,
        DATA_DIR: dataDir,
        JWT_SECRET: secret,
        RATE_LIMITS: "0",
        LOG_FORMAT: "json",
        NODE_NO_WARNINGS: "1",
        ...given.env,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let log = "";
    const take = (chunk: Buffer) => {
      log += chunk.toString();
    };
    child.stdout?.on("data", take);
    child.stderr?.on("data", take);
    const exited = once(child, "exit");
    const started: DeskProcess = {
      ...{ port, child },
      log: () => log,
      kill: async (signal) => {
        child.kill(signal);
        await exited;
      },
    };
    running.push(started);
    const answers = () =>
      fetch(`http://127.0.0.1:${port}/readyz`).then(
        ({ status }) => status === 200,
        () => false,
      );
    await until(answers, `the ${kind} to be ready`, 60_000).catch((error: Error) => {
      throw new Error(`${error.message}\n${log}`);
    });
    return started;
  }

  return {
    start,
    async close(): Promise<void> {
      for (const { child, kill } of running.splice(0)) {
        if (child.exitCode === null && child.signalCode === null) await kill("SIGKILL");
      }
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
