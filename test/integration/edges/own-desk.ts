import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createUser } from "../../../src/commands/create-user.js";
import { openDatabase } from "../../../src/db/database.js";
import { migrateUp } from "../../../src/db/migrate.js";
import { packageRoot } from "../../../src/runtime/package-root.js";
import { createTokens } from "../../../src/runtime/tokens.js";
import { freePort } from "../../support/free-port.js";
import { until } from "../../support/until.js";
import { runCli } from "../cli/run-cli.js";

export type ProcessName = "api" | "worker" | "relay";

const programs: Record<ProcessName, string> = {
  api: "dist/src/api/main.js",
  worker: "dist/workers/main.js",
  relay: "dist/src/realtime/main.js",
};

/** What `/readyz` says of a part. */
export interface Part {
  ok: boolean;
  detail?: string;
}

export interface Answer {
  status: number;
  ms: number;
  // biome-ignore lint/suspicious/noExplicitAny: a test looks at whatever was answered
  body: any;
}

/** What `doctor` found. */
export interface Finding {
  name: string;
  state: "ok" | "warn" | "fail";
  found: string;
  advice: string;
}

/** All processes of a desk, as built, on a database and a Redis of the test's own. */
export interface OwnDesk {
  /** `postgres://…` as the test itself reaches it: not through a proxy. */
  directUrl: string;
  /** Where agents watch. */
  socketUrl: string;
  agents: number[];
  pid(name: ProcessName): number;
  /** As the admin, or as one of the agents. */
  call(method: string, path: string, body?: unknown, as?: number | "admin"): Promise<Answer>;
  ready(of: ProcessName): Promise<{ status: number; parts: Record<string, Part> }>;
  /** A figure's values of a process by their labels, as they are written. */
  figure(of: ProcessName, name: string): Promise<Map<string, number>>;
  doctor(): Promise<Map<string, Finding>>;
  start(name: ProcessName): Promise<void>;
  signal(name: ProcessName, signal: NodeJS.Signals): Promise<void>;
  log(name: ProcessName): string;
  close(): Promise<void>;
}

const secret = "the secret of an edge, 32 characters";

export interface OwnDeskOptions {
  directUrl: string;
  /** What the processes are given: a proxy, perhaps. */
  databaseUrl?: string;
  redisUrl: string;
  processes?: ProcessName[];
  /** Without migrations the desk has no users, and nobody can call it. */
  migrate?: boolean;
  /** false: the database has them already. */
  users?: boolean;
  env?: Record<string, string>;
}

/** Starts it; resolves when every process says that it is ready (or, without migrations, that it lives). */
export async function startOwnDesk(options: OwnDeskOptions): Promise<OwnDesk> {
  const {
    directUrl,
    databaseUrl = directUrl,
    redisUrl,
    processes = ["api", "worker", "relay"],
    migrate = true,
    users = true,
  } = options;
  const dataDir = mkdtempSync(join(tmpdir(), "switchboard-edge-"));
  const ports = { api: await freePort(), worker: await freePort(), relay: await freePort() };
  const env: Record<string, string> = {
    PATH: process.env.PATH ?? "",
    HOST: "127.0.0.1",
    PORT: String(ports.api),
    RELAY_PORT: String(ports.relay),
    WORKER_METRICS_PORT: String(ports.worker),
    DATABASE_URL: databaseUrl,
    REDIS_URL: redisUrl,
    DATA_DIR: dataDir,
    JWT_SECRET: secret,
    METRICS_TOKEN: "a token for the figures",
    RATE_LIMITS: "0",
    LOG_FORMAT: "json",
    SHUTDOWN_TIMEOUT_MS: "4000",
    ...options.env,
  };
  const running = new Map<ProcessName, ChildProcess>();
  const logs: Record<ProcessName, string> = { api: "", worker: "", relay: "" };
  const tokens = createTokens({ secret, accessTtlS: 3600 });
  const admin = { sub: 1, role: "admin", name: "Ada", tv: 0 } as const;
  const agents = [11, 12, 13];
  if (migrate) {
    await migrateUp(directUrl);
  }
  if (migrate && users) {
    const db = openDatabase({ url: directUrl, name: "edge-test", poolMax: 1 });
    await createUser({ db }, { id: 1, role: "admin", name: "Ada", email: "ada@example.test", password: null });
    for (const id of agents) {
      const name = `Agent ${id}`;
      await createUser({ db }, { id, role: "agent", name, email: `${id}@example.test`, password: null, capacity: 15 });
    }
    await db.close();
  }
  const bearer = new Map<number, string>([[1, await tokens.sign(admin)]]);
  for (const id of agents) bearer.set(id, await tokens.sign({ sub: id, role: "agent", name: `Agent ${id}`, tv: 0 }));

  const get = async (of: ProcessName, path: string) => {
    const headers = { authorization: "Bearer a token for the figures" };
    return fetch(`http://127.0.0.1:${ports[of]}${path}`, { headers, signal: AbortSignal.timeout(10_000) });
  };
  const ready: OwnDesk["ready"] = async (of) => {
    const answer = await get(of, "/readyz");
    return { status: answer.status, parts: (await answer.json()) as Record<string, Part> };
  };
  const start: OwnDesk["start"] = async (name) => {
    const child = spawn(process.execPath, [join(packageRoot, programs[name])], {
      env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const take = (chunk: Buffer) => {
      logs[name] += chunk.toString();
    };
    child.stdout.on("data", take);
    child.stderr.on("data", take);
    running.set(name, child);
    const look = () =>
      get(name, migrate ? "/readyz" : "/healthz").then(
        ({ status }) => status === 200,
        () => false,
      );
    await until(look, `${name} to be ready: ${logs[name]}`, 60_000);
  };
  const signal: OwnDesk["signal"] = async (name, sent) => {
    const child = running.get(name);
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ends = sent === "SIGKILL" || sent === "SIGTERM";
    const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    child.kill(sent);
    if (ends) await exited;
  };
  await Promise.all(processes.map(start));

  return {
    directUrl,
    socketUrl: `ws://127.0.0.1:${ports.relay}/ws/agents/`,
    agents,
    pid: (name) => running.get(name)?.pid ?? 0,
    ready,
    start,
    signal,
    log: (name) => logs[name],
    async call(method, path, body, as = "admin") {
      const startedAt = performance.now();
      const token = bearer.get(as === "admin" ? 1 : as);
      const answer = await fetch(`http://127.0.0.1:${ports.api}${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(60_000),
      });
      const text = await answer.text();
      return { status: answer.status, ms: performance.now() - startedAt, body: text === "" ? null : JSON.parse(text) };
    },
    async figure(of, name) {
      const text = await (await get(of, "/metrics")).text();
      const lines = text.split("\n").filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
      return new Map(
        lines.map((line) => {
          const at = line.lastIndexOf(" ");
          // In the order of their names: a library writes them in one of its own.
          const labels = line.slice(name.length, at).match(/\w+="[^"]*"/g) ?? [];
          return [`{${labels.sort().join(",")}}`, Number(line.slice(at + 1))];
        }),
      );
    },
    async doctor() {
      const { stdout, stderr } = await runCli(["doctor", "--json"], env);
      const last = stdout.trim().split("\n").at(-1) ?? "";
      if (!last.startsWith("{")) throw new Error(`doctor said: ${stdout}${stderr}`);
      const { checks } = JSON.parse(last) as { checks: Finding[] };
      return new Map(checks.map((check) => [check.name, check]));
    },
    async close() {
      for (const name of running.keys()) {
        await signal(name, "SIGCONT");
        await signal(name, "SIGKILL");
      }
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
