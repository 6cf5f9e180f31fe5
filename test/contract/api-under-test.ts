import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { OpenAPIHono } from "@hono/zod-openapi";
import { pino } from "pino";
import { createApp } from "../../src/api/app.js";
import type { ApiConfig, ApiDependencies } from "../../src/api/dependencies.js";
import type { ApiEnvironment } from "../../src/api/environment.js";
import { createLimits, type Limits } from "../../src/api/middleware/rate-limit.js";
import { StreamNews } from "../../src/api/stream-news.js";
import { createEchoBot } from "../../src/bot/echo-bot.js";
import type { EphemeralFrame } from "../../src/bus/bus.js";
import { createUser } from "../../src/commands/create-user.js";
import { Gate } from "../../src/commands/gate.js";
import { GatheredPosts } from "../../src/commands/gathered-posts.js";
import { GatheredPulls } from "../../src/commands/gathered-pulls.js";
import { GatheredReplies } from "../../src/commands/gathered-replies.js";
import { Intake } from "../../src/commands/intake.js";
import { Limiter } from "../../src/runtime/limiter.js";
import { LocalFiles } from "../../src/runtime/local-files.js";
import { createMetrics } from "../../src/runtime/metrics.js";
import { createPictureAddresses } from "../../src/runtime/picture-addresses.js";
import { openSecretBox } from "../../src/runtime/secret-box.js";
import { settingsSchema } from "../../src/runtime/settings.js";
import { createTokens } from "../../src/runtime/tokens.js";
import { silentLogger } from "../support/silent-logger.js";
import { createTestDatabase, type TestDatabase } from "../support/test-database.js";

export interface Answered {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: a test looks at whatever was answered
  body: any;
}

export interface CallOptions {
  token?: string;
  headers?: Record<string, string>;
  /** Sent as it is, in place of JSON. */
  raw?: string | Uint8Array;
}

/** An API with a database of its own: two agents, an admin, two customers, and their tokens. */
export interface ApiUnderTest extends TestDatabase {
  app: OpenAPIHono<ApiEnvironment>;
  deps: ApiDependencies;
  /** Where its uploads are. */
  uploadsFolder: string;
  frames: EphemeralFrame[];
  controls: unknown[];
  logLines: string[];
  tokens: Record<"admin" | "agent" | "agent2" | "customer" | "customer2", string>;
  call(method: string, path: string, body?: unknown, options?: CallOptions): Promise<Answered>;
  /** Stores a message of a customer; its id. */
  message(body?: string, userId?: string): Promise<number>;
}

/** Ids of the users that every API under test has. */
export const people = { agent: 1, agent2: 2, admin: 10, customer: 20, customer2: 21 } as const;

const config: ApiConfig = {
  HOST: "127.0.0.1",
  ALLOWED_HOSTS: [],
  CORS_ORIGINS: [],
  BODY_MAX_BYTES: 65_536,
  BOT_PROVIDER: "echo",
  BOT_CONTEXT_MESSAGES: 20,
  BOT_ANSWER_TOKENS_MAX: 400,
  BOT_CONVERSATION_TOKENS_MAX: 20_000,
  BOT_DAY_TOKENS_MAX: 100_000,
  BOT_CONFIDENCE_MIN_PERCENT: 25,
  UPLOAD_MAX_BYTES: 262_144,
  UPLOAD_TYPES: ["jpeg", "png", "gif", "webp", "pdf", "txt", "csv"],
  UPLOAD_UNUSED_MAX: 50,
  DATABASE_POOL_MAX: 10,
  METRICS_TOKEN: "metrics-token-of-a-test",
  REFRESH_TTL_S: 3600,
  SESSIONS_MAX: 20,
  AGEING_HORIZON_HOURS: 24,
  REOPEN_WITHIN_HOURS: 72,
  TICKET_CAPACITY: 15,
  OWNERSHIP_LEASE_MINUTES: 30,
  AGENT_VISIBILITY: "all",
  OUTBOUND_ALLOW: [],
  openDemo: false,
};

/** Limits by these settings, counted in this process alone; the others have their defaults. */
export function limitsBy(settings: Record<string, string>, trustProxy = false): Limits {
  // A clock that stands still: no window ends in the middle of a test.
  const limiter = new Limiter(null, () => 1_800_000_000_000);
  return createLimits({ limiter, settings: settingsSchema.parse(settings), trustProxy });
}

export async function startApi(
  overrides: Partial<ApiConfig> = {},
  parts: Partial<ApiDependencies> = {},
): Promise<ApiUnderTest> {
  const database = await createTestDatabase();
  const { db } = database;
  for (const user of [
    { id: people.agent, role: "agent", name: "Agent 1", email: "agent1@example.test" },
    { id: people.agent2, role: "agent", name: "Agent 2", email: "agent2@example.test" },
    { id: people.admin, role: "admin", name: "Ada Admin", email: "admin@example.test" },
    { id: people.customer, role: "customer", name: "Cleo", email: "cleo@example.test", userId: "U001" },
    { id: people.customer2, role: "customer", name: "Dan", email: null, userId: "U002" },
  ] as const) {
    await createUser({ db }, { ...user, password: null });
  }
  const tokens = createTokens({ secret: "a secret of a test, 32 characters", accessTtlS: 900 });
  const sign = (sub: number, role: "admin" | "agent" | "customer", name: string) =>
    tokens.sign({ sub, role, name, tv: 0 });
  const uploadsFolder = mkdtempSync(join(tmpdir(), "switchboard-uploads-"));
  const frames: EphemeralFrame[] = [];
  const controls: unknown[] = [];
  const logLines: string[] = [];
  const intake = new Intake({
    db,
    limits: config,
    wake: () => undefined,
    flushRows: 256,
    flushes: 2,
    queueMax: 1000,
  });
  const deps: ApiDependencies = {
    config: { ...config, ...overrides },
    db,
    bus: {
      wake: () => undefined,
      ping: async () => undefined,
      publishEphemeral: async (frame) => void frames.push(frame),
      publishControl: async (message) => void controls.push(message),
    },
    intake,
    posts: new GatheredPosts({ db, wake: () => undefined, flushRows: 256, queueMax: 1000 }),
    replies: new GatheredReplies({ db, wake: () => undefined, flushRows: 256, queueMax: 1000 }),
    pulls: new GatheredPulls({ db, wake: () => undefined, queueMax: 1000 }),
    fillGate: new Gate({ concurrency: 4, queueMax: 1000, waitMs: 10_000, refusal: "Too many at once." }),
    sightings: { note: () => undefined },
    news: new StreamNews({ follow: async () => async () => undefined, logger: silentLogger }),
    tokens,
    bot: createEchoBot(),
    uploads: {
      files: new LocalFiles(uploadsFolder),
      addresses: createPictureAddresses("a secret of a test, 32 characters"),
    },
    secrets: openSecretBox("a secret of a test, 32 characters"),
    // All tests call from one address, and are refused more often than anybody.
    limits: limitsBy({ RATE_LIMITS: "0" }),
    metrics: createMetrics("api-test"),
    logger: pino({ level: "debug" }, { write: (line: string) => void logLines.push(line) }),
    pingQueue: async () => undefined,
    consoleFolder: join(uploadsFolder, "no-console"),
    ...parts,
  };
  const app = createApp(deps);
  const call: ApiUnderTest["call"] = async (method, path, body, options = {}) => {
    const headers: Record<string, string> = { host: "127.0.0.1:8000", ...options.headers };
    if (options.token) headers.authorization = `Bearer ${options.token}`;
    const sent = options.raw ?? (body === undefined ? undefined : JSON.stringify(body));
    const init: RequestInit = {
      method,
      headers,
      ...(sent === undefined ? {} : { body: sent as RequestInit["body"] & {} }),
    };
    const answer = await app.request(`http://127.0.0.1:8000${path}`, init);
    const text = await answer.text();
    const isJson = text !== "" && answer.headers.get("content-type")?.startsWith("application/json");
    return { status: answer.status, headers: answer.headers, body: isJson ? JSON.parse(text) : text };
  };
  return {
    ...database,
    drop: async () => {
      rmSync(uploadsFolder, { recursive: true, force: true });
      await database.drop();
    },
    uploadsFolder,
    app,
    deps,
    frames,
    controls,
    logLines,
    tokens: {
      admin: await sign(people.admin, "admin", "Ada Admin"),
      agent: await sign(people.agent, "agent", "Agent 1"),
      agent2: await sign(people.agent2, "agent", "Agent 2"),
      customer: await sign(people.customer, "customer", "Cleo"),
      customer2: await sign(people.customer2, "customer", "Dan"),
    },
    call,
    message: async (body = "When will my loan be disbursed?", userId = "U001") =>
      (await intake.receive({ userId, body, channel: "api", requestId: null })).id,
  };
}
