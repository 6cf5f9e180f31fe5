import { ConfigError, dataDirOf, isLoopback, loadConfig, parseSettings } from "../runtime/config.js";
import type { Settings } from "../runtime/settings.js";
import { StartError } from "./start-error.js";
import { keptSecret } from "./state-file.js";

/** What is known of the system before anything of it runs. */
export interface SystemPlan {
  settings: Settings;
  dataDir: string;
  /** true: the Postgres is ours; false: DATABASE_URL names one. */
  embedded: boolean;
  queue: "ours" | "postgres" | "given";
  openDemo: boolean;
}

/** The demo's first admin; `seed` gives its agents addresses under the same name. */
const demoAdmin = "admin@demo.switchboard.local";

/** A process gets less than the 10 s that all of it has to stop in: Postgres comes after it. */
const processShutdownMs = 4_500;

/** The host to reach a server at that listens on `host`. */
export function reachableHost(host: string): string {
  if (host === "0.0.0.0") return "127.0.0.1";
  const bare = host.replace(/^\[|\]$/g, "");
  if (bare === "::") return "[::1]";
  return bare.includes(":") ? `[${bare}]` : bare;
}

/** Reads the settings. Throws ConfigError with every problem at once, before anything is started or written. */
export function planSystem(env: NodeJS.ProcessEnv): SystemPlan {
  const settings = parseSettings(env);
  const embedded = !settings.DATABASE_URL;
  const openDemo = settings.OPEN_DEMO ?? (embedded && isLoopback(settings.HOST) && settings.NODE_ENV !== "production");
  const queue = settings.REDIS_URL === "none" ? "postgres" : settings.REDIS_URL ? "given" : "ours";
  const plan: SystemPlan = { settings, dataDir: dataDirOf(env), embedded, queue, openDemo };
  const samePort = settings.PORT === settings.RELAY_PORT && settings.PORT !== 0;
  if (samePort) throw new ConfigError([`RELAY_PORT: the same as PORT (${settings.PORT})`]);
  // The same check that the processes make, with stand-ins for what is generated later.
  const generated = { DATABASE_URL: "postgres://later", JWT_SECRET: "x".repeat(32) };
  loadConfig({
    ...(embedded ? generated : {}),
    ...withoutEmpty(env),
    OPEN_DEMO: openDemo ? "1" : "0",
    SWITCHBOARD_EMBEDDED: embedded ? "1" : "",
  });
  return plan;
}

/** Addresses that are only known once the servers run. */
export interface Addresses {
  databaseUrl: string;
  redisUrl: string | null;
  port: number;
  relayPort: number;
}

/** What the system adds to the environment of its processes; also what runtime.json tells the CLI. */
export function systemEnvironment(plan: SystemPlan, addresses: Addresses): Record<string, string> {
  const { settings, dataDir, embedded } = plan;
  const { host, admin } = { host: settings.HOST, admin: firstAdmin(plan) };
  return {
    DATABASE_URL: addresses.databaseUrl,
    REDIS_URL: addresses.redisUrl ?? "none",
    JWT_SECRET: settings.JWT_SECRET ?? keptSecret(dataDir, "jwtSecret"),
    ...(admin ? { ADMIN_EMAIL: admin.email, ADMIN_PASSWORD: admin.password } : {}),
    OPEN_DEMO: plan.openDemo ? "1" : "0",
    DATA_DIR: dataDir,
    HOST: host,
    PORT: String(addresses.port),
    RELAY_PORT: String(addresses.relayPort),
    RELAY_URL: settings.RELAY_URL ?? `http://${reachableHost(host)}:${addresses.relayPort}`,
    AGENT_VISIBILITY: settings.AGENT_VISIBILITY,
    // The open demo is for this machine alone: who can call it can call what else listens here.
    ...(plan.openDemo && settings.OUTBOUND_ALLOW.length === 0 ? { OUTBOUND_ALLOW: "127.0.0.1" } : {}),
    SHUTDOWN_TIMEOUT_MS: String(Math.min(settings.SHUTDOWN_TIMEOUT_MS, processShutdownMs)),
    ...(embedded ? { SWITCHBOARD_EMBEDDED: "1" } : {}),
  };
}

/** The first admin: the given one; with our own Postgres a demo address and a generated password; else none. */
export function firstAdmin(plan: SystemPlan): { email: string; password: string } | null {
  const { ADMIN_EMAIL: email, ADMIN_PASSWORD: password } = plan.settings;
  if (!plan.embedded) return email && password ? { email, password } : null;
  return { email: email ?? demoAdmin, password: password ?? keptSecret(plan.dataDir, "adminPassword") };
}

/** --fresh on a database that is not ours would be somebody's data. */
export function refuseFreshElsewhere(plan: SystemPlan, fresh: boolean): void {
  if (fresh && !plan.embedded)
    throw new StartError("--fresh empties our own Postgres only, and DATABASE_URL is set", 2);
}

function withoutEmpty(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ""));
}
