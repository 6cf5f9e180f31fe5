import { readFileSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { packageRoot } from "./package-root.js";
import { type Settings, settingsSchema } from "./settings.js";
import { ownIssuer, type TokensOptions } from "./tokens.js";
import type { OutsideIssuer } from "./tokens-outside.js";

/** What a process runs with: the settings, and what follows from them. */
export interface Config extends Settings {
  databaseUrl: string;
  /** null: queue and bus on Postgres. */
  redisUrl: string | null;
  relayUrl: string;
  dataDir: string;
  /** true: the database is the one that `npm start` keeps in DATA_DIR. */
  embedded: boolean;
  openDemo: boolean;
  jwtSecret: string;
  /** Whose tokens are taken, and how ours are signed. */
  tokens: TokensOptions;
}

/** All that is wrong with the settings, one line each. The process that meets it exits with 78. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly problems: string[];
  constructor(problems: string[]) {
    super(problems.join("\n"));
    this.problems = problems;
  }
}

/** Environment that the running embedded system left in DATA_DIR/runtime.json, so that the CLI finds it; {} if none. */
function embeddedEnvironment(dataDir: string): Record<string, string> {
  try {
    return (JSON.parse(readFileSync(join(dataDir, "runtime.json"), "utf8")) as { env: Record<string, string> }).env;
  } catch {
    return {};
  }
}

/** The raw environment, for who hands it on to child processes (`npm start`); settings are read with `parseSettings`. */
export function environment(): NodeJS.ProcessEnv {
  return process.env;
}

/** Whether that HOST is reachable from this machine alone. */
export function isLoopback(host: string): boolean {
  return loopbackHosts.has(host);
}

const loopbackHosts = new Set(["127.0.0.1", "localhost", "::1", "[::1]"]);

/** DATA_DIR as an absolute path; a relative one counts from the package's folder, so that every process means the same. */
export function dataDirOf(env: NodeJS.ProcessEnv = process.env): string {
  const dataDir = env.DATA_DIR?.trim() || ".switchboard";
  return isAbsolute(dataDir) ? dataDir : join(packageRoot, dataDir);
}

/** Whether the settings name a desk, or the embedded system has left where it is in DATA_DIR. */
export function hasDesk(env: NodeJS.ProcessEnv = process.env): boolean {
  return Boolean(env.DATABASE_URL?.trim()) || Object.keys(embeddedEnvironment(dataDirOf(env))).length > 0;
}

/** Settings alone, without asking for a database or a secret; throws ConfigError with every problem at once. */
export function parseSettings(env: NodeJS.ProcessEnv = process.env): Settings {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ""));
  const parsed = settingsSchema.safeParse(given);
  if (!parsed.success) {
    throw new ConfigError(parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`));
  }
  return parsed.data;
}

/**
 * Parses the environment once. Without DATABASE_URL it joins the embedded system that runs in DATA_DIR.
 * Throws ConfigError with every problem at once.
 */
export function loadConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const dataDir = dataDirOf(env);
  const merged = env.DATABASE_URL ? env : { ...embeddedEnvironment(dataDir), ...withoutEmpty(env) };
  const settings = parseSettings(merged);
  const problems: string[] = [];
  const embedded = merged.SWITCHBOARD_EMBEDDED === "1";
  if (!settings.DATABASE_URL) {
    problems.push("DATABASE_URL: not set, and no embedded system runs in DATA_DIR (start one with: npm start)");
  }
  if (!settings.JWT_SECRET) problems.push("JWT_SECRET: required (32 characters or more)");
  const openDemo = settings.OPEN_DEMO ?? false;
  if (openDemo && !embedded) problems.push("OPEN_DEMO: refused, the database is not the embedded one");
  if (openDemo && !isLoopback(settings.HOST)) problems.push("OPEN_DEMO: refused, HOST is not loopback");
  if (openDemo && settings.NODE_ENV === "production") problems.push("OPEN_DEMO: refused with NODE_ENV=production");
  problems.push(...issuerProblems(settings));
  if (settings.BOT_PROVIDER === "openai" && !settings.BOT_MODEL) {
    problems.push("BOT_MODEL: required with BOT_PROVIDER=openai");
  }
  if (problems.length > 0) throw new ConfigError(problems);
  const jwtSecret = settings.JWT_SECRET ?? "";
  return {
    ...settings,
    databaseUrl: settings.DATABASE_URL ?? "",
    redisUrl: !settings.REDIS_URL || settings.REDIS_URL === "none" ? null : settings.REDIS_URL,
    relayUrl: settings.RELAY_URL ?? `http://127.0.0.1:${settings.RELAY_PORT}`,
    dataDir,
    embedded,
    openDemo,
    jwtSecret,
    tokens: {
      secret: jwtSecret,
      previousSecrets: settings.JWT_PREVIOUS_SECRETS,
      accessTtlS: settings.ACCESS_TTL_S,
      outside: outsideIssuer(settings, jwtSecret),
    },
  };
}

/** What is wrong with the settings of an outside issuer. */
function issuerProblems(settings: Settings): string[] {
  const { JWT_ISSUER: issuer, JWT_AUDIENCE: audience, JWT_JWKS_URL: url, JWT_OUTSIDE_SECRET: secret } = settings;
  const problems: string[] = [];
  if ((url || secret || audience) && !issuer) problems.push("JWT_ISSUER: required with an outside issuer's keys");
  if (issuer && !audience) problems.push("JWT_AUDIENCE: required with JWT_ISSUER");
  if (issuer === ownIssuer) problems.push(`JWT_ISSUER: ${ownIssuer} is our own`);
  if (url && secret) problems.push("JWT_OUTSIDE_SECRET: not beside JWT_JWKS_URL, an issuer signs in one way");
  return problems;
}

function outsideIssuer(settings: Settings, jwtSecret: string): OutsideIssuer | undefined {
  const { JWT_ISSUER: issuer, JWT_AUDIENCE: audience, JWT_JWKS_URL: jwksUrl, JWT_OUTSIDE_SECRET: secret } = settings;
  if (!issuer || !audience) return undefined;
  const secrets = secret ? [secret] : [jwtSecret, ...settings.JWT_PREVIOUS_SECRETS];
  const claims = { roleClaim: settings.JWT_ROLE_CLAIM, userIdClaim: settings.JWT_USER_ID_CLAIM };
  return { issuer, audience, ...claims, keys: jwksUrl ? { jwksUrl } : { secrets } };
}

function withoutEmpty(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ""));
}

/** loadConfig for a process's main: prints all problems, one a line, and exits with 78 (EX_CONFIG). */
export function loadConfigOrExit(): Config {
  try {
    return loadConfig();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.problems.map((problem) => `switchboard: ${problem}`).join("\n")}\n`);
    process.exit(78);
  }
}
