import { spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { migrateUp } from "../db/migrate.js";
import type { Logger } from "../runtime/logger.js";
import { packageRoot } from "../runtime/package-root.js";
import { freePort, portProblem } from "./free-port.js";
import { markOf } from "./leftovers.js";
import { type Launch, startNodeProcess } from "./node-process.js";
import { startEmbeddedPostgres } from "./postgres.js";
import { findQueueServer, startQueueServer } from "./queue-server.js";
import { StartError } from "./start-error.js";
import type { StartOptions } from "./start-options.js";
import { writeStateFile } from "./state-file.js";
import { Supervisor } from "./supervisor.js";
import { firstAdmin, reachableHost, type SystemPlan, systemEnvironment } from "./system-environment.js";
import { untilServing } from "./until-serving.js";

/** What runs in the system beside its servers; a test puts its own in. */
export interface SystemPrograms {
  /** Run one after the other when the schema is up to date, before the processes start. */
  preparations(plan: SystemPlan, options: StartOptions): Launch[];
  processes: Launch[];
}

const readyTimeoutMs = 60_000;
/** Tiers of the ordered stop: processes first, Postgres last. */
const tiers = { postgres: 0, queue: 1, process: 2 };

/** The whole system of one DATA_DIR, under one supervisor. */
export class System {
  readonly #plan: SystemPlan;
  readonly #options: StartOptions;
  readonly #programs: SystemPrograms;
  readonly #env: NodeJS.ProcessEnv;
  readonly #logger: Logger;
  readonly #supervisor: Supervisor;
  readonly #stopping = new AbortController();

  constructor(of: {
    plan: SystemPlan;
    options: StartOptions;
    programs: SystemPrograms;
    /** Inherited by every process. */
    env: NodeJS.ProcessEnv;
    logger: Logger;
  }) {
    this.#plan = of.plan;
    this.#options = of.options;
    this.#programs = of.programs;
    this.#env = of.env;
    this.#logger = of.logger;
    this.#supervisor = new Supervisor(of.logger);
  }

  /** Resolves with the reason when something never came up. */
  get failed(): Promise<StartError> {
    return this.#supervisor.failed;
  }

  /** Starts all and resolves, when all of it serves, with what to tell the person. Throws StartError. */
  async start(): Promise<string[]> {
    const { dataDir, settings } = this.#plan;
    const port = await ourPort("PORT", settings.HOST, settings.PORT, 8000);
    const relayPort = await ourPort("RELAY_PORT", settings.HOST, settings.RELAY_PORT, port + 1);
    rmSync(this.#runtimeFile, { force: true });
    const [databaseUrl, queue] = await Promise.all([this.#startPostgres(), this.#startQueue()]);
    this.#throwIfStopping();
    await migrateUp(databaseUrl).catch((error: Error) => {
      throw new StartError(`the database could not be brought up to date: ${error.message}`);
    });
    const own = systemEnvironment(this.#plan, { databaseUrl, redisUrl: queue.url, port, relayPort });
    const env = { ...this.#env, ...own };
    for (const launch of this.#programs.preparations(this.#plan, this.#options)) await this.#prepare(launch, env);
    if (this.#plan.embedded) writeStateFile(this.#runtimeFile, { pid: process.pid, env: own });
    const mark = markOf(dataDir);
    for (const launch of this.#programs.processes) {
      const start = async () => startNodeProcess(launch, mark, env);
      await this.#supervisor.run({ name: launch.name, tier: tiers.process, start });
    }
    const host = reachableHost(settings.HOST);
    const hostHeader = settings.ALLOWED_HOSTS[0] ? { host: settings.ALLOWED_HOSTS[0] } : {};
    const signal = this.#stopping.signal;
    await Promise.all([
      this.#supervisor.untilUp(readyTimeoutMs),
      untilServing({ name: "the API", url: `http://${host}:${port}/readyz`, ...hostHeader }, readyTimeoutMs, signal),
      untilServing(
        { name: "the relay", url: `http://${host}:${relayPort}/healthz`, ...hostHeader },
        readyTimeoutMs,
        signal,
      ),
    ]);
    this.#throwIfStopping();
    this.#supervisor.settle();
    return this.#whereToGo(port, queue.told);
  }

  /** Stops all in order, within 10 s; the data stays. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#supervisor.stop();
    rmSync(this.#runtimeFile, { force: true });
  }

  get #runtimeFile(): string {
    return join(this.#plan.dataDir, "runtime.json");
  }

  #throwIfStopping(): void {
    if (this.#stopping.signal.aborted) throw new StartError("stopped while starting");
  }

  async #startPostgres(): Promise<string> {
    const { dataDir, settings } = this.#plan;
    if (settings.DATABASE_URL) return settings.DATABASE_URL;
    const logger = this.#logger;
    let port: number | undefined;
    const start = async () => {
      const postgres = await startEmbeddedPostgres({ dataDir, logger, ...(port ? { port } : {}) });
      port = postgres.port;
      return postgres;
    };
    return (await this.#supervisor.run({ name: "postgres", tier: tiers.postgres, start })).url;
  }

  async #startQueue(): Promise<{ url: string | null; told: string }> {
    const { queue, dataDir, settings } = this.#plan;
    if (queue === "given") return { url: settings.REDIS_URL ?? null, told: "the Redis of REDIS_URL" };
    if (queue === "postgres") return { url: null, told: "on Postgres (REDIS_URL=none)" };
    const logger = this.#logger;
    const found = findQueueServer(logger);
    if (!found) return { url: null, told: "on Postgres (no redis-server or valkey-server 6.2 or newer on the PATH)" };
    let port: number | undefined;
    const start = async () => {
      const server = await startQueueServer({ dataDir, logger, ...(port ? { port } : {}) });
      if (!server) throw new StartError(`${found.program} is no longer on the PATH`);
      port = server.port;
      return server;
    };
    const server = await this.#supervisor.run({ name: found.kind, tier: tiers.queue, start });
    return { url: server.url, told: `${server.kind} on 127.0.0.1:${server.port}` };
  }

  /** Runs a program to its end. */
  async #prepare(launch: Launch, env: NodeJS.ProcessEnv): Promise<void> {
    this.#throwIfStopping();
    const child = spawn(process.execPath, [launch.script, ...(launch.args ?? [])], {
      argv0: `switchboard-${launch.name.replaceAll(" ", "-")} (${markOf(this.#plan.dataDir)})`,
      cwd: packageRoot,
      env,
      detached: true,
      stdio: ["ignore", "inherit", "inherit"],
      signal: this.#stopping.signal,
      killSignal: "SIGTERM",
    });
    const how = await new Promise<string>((resolve) => {
      child.once("error", (error) => resolve(error.message));
      child.once("exit", (code, signal) => resolve(signal ?? `exit ${code}`));
    });
    this.#throwIfStopping();
    if (how !== "exit 0") throw new StartError(`${launch.name} failed (${how}), see above`);
  }

  #whereToGo(port: number, queueTold: string): string[] {
    const { settings, embedded, dataDir, openDemo } = this.#plan;
    const base = `${reachableHost(settings.HOST)}:${port}`;
    const admin = firstAdmin(this.#plan);
    return [
      "",
      `API      http://${base}/api/   described at http://${base}/docs`,
      `sockets  ws://${base}/ws/agents/`,
      ...(admin ? [`admin    ${admin.email}   password ${settings.ADMIN_PASSWORD ? "as set" : admin.password}`] : []),
      ...(openDemo ? ["demo     open: calls without a token act as the demo admin (OPEN_DEMO=0 closes it)"] : []),
      `queue    ${queueTold}`,
      embedded
        ? `data     ${dataDir}   (npm start -- --fresh begins anew)`
        : "data     in the Postgres of DATABASE_URL",
      "",
      `ready http://${settings.HOST.includes(":") ? reachableHost(settings.HOST) : settings.HOST}:${port}`,
    ];
  }
}

const portSentences: Record<string, string> = {
  EADDRINUSE: "is taken by another program",
  EACCES: "needs more rights than this user has",
};

/** The port that is set, when we may listen there; for 0 a free one from `from` up. Throws StartError in one sentence. */
async function ourPort(variable: string, host: string, port: number, from: number): Promise<number> {
  if (port === 0) return freePort(null, from, host);
  const bare = host.replace(/^\[|\]$/g, "");
  const problem = await portProblem(bare, port);
  if (problem === null) return port;
  const sentence = portSentences[problem];
  if (sentence) throw new StartError(`port ${port} (${variable}) ${sentence}; set ${variable} to a free one`);
  throw new StartError(`HOST ${host} cannot be listened on (${problem})`);
}
