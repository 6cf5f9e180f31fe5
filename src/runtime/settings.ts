import { z } from "zod";
import { type FileKindName, fileKinds } from "./file-kinds.js";

const allFileKinds = Object.keys(fileKinds) as FileKindName[];

const integer = (fallback: number, min: number, max: number) =>
  z.coerce.number().int().min(min).max(max).default(fallback);

/** How often something may be done; 0: as often as anybody likes. */
const rate = (fallback: number) => integer(fallback, 0, 1_000_000_000);

const flag = z
  .enum(["0", "1", "true", "false"])
  .transform((value) => value === "1" || value === "true")
  .optional();

const list = z
  .string()
  .default("")
  .transform((value) =>
    value
      .split(",")
      .map((item) => item.trim())
      .filter((item) => item !== ""),
  );

/**
 * Every setting of every process: name, bounds, default, and what it means (`describe`). `.env.example` is generated
 * from here, and `doctor` prints it. Units stand last in the names.
 */
export const settingsSchema = z.object({
  NODE_ENV: z.string().default("development").describe("production switches the open demo mode off for good"),
  HOST: z.string().default("127.0.0.1").describe("address that the API and the relay listen on"),
  PORT: integer(8000, 0, 65535).describe("port of the API; sockets pass through it too"),
  RELAY_PORT: integer(8001, 0, 65535).describe("port of the relay (sockets)"),
  RELAY_URL: z.string().optional().describe("where the API passes /ws/ on to; default http://127.0.0.1:RELAY_PORT"),
  ALLOWED_HOSTS: list.describe(
    "accepted Hosts, each a name or name:port, comma-separated; empty: loopback names in the demo, any else",
  ),
  TRUST_PROXY: flag.describe("1: believe the last entry of X-Forwarded-For and X-Forwarded-Proto, the nearest proxy's"),
  OUTBOUND_ALLOW: list.describe("private targets (host, host:port, address, CIDR) that webhooks and the bot may reach"),
  WEB_CONCURRENCY: integer(1, 1, 64).describe("API processes on one port"),
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, "must begin with postgres://")
    .optional()
    .describe("Postgres 14 or newer; unset: the embedded one"),
  DATABASE_POOL_MAX: integer(10, 2, 200).describe("connections of one process to Postgres"),
  REDIS_URL: z
    .string()
    .regex(/^(none$|rediss?:\/\/)/, "must begin with redis:// or rediss://, or be none")
    .optional()
    .describe("Redis or Valkey 6.2 or newer; none: queue and bus on Postgres"),
  DATA_DIR: z.string().default(".switchboard").describe("embedded databases, uploads, generated secrets"),
  OPEN_DEMO: flag.describe(
    "1: calls without a token act as the demo user they name; embedded Postgres on loopback only",
  ),
  JWT_SECRET: z.string().min(32).optional().describe("signs access tokens (HS256), at least 32 characters"),
  JWT_PREVIOUS_SECRETS: list
    .refine((secrets) => secrets.every((secret) => secret.length >= 32), "each must have 32 characters or more")
    .describe("secrets that signed before JWT_SECRET, comma-separated: their tokens are good until they expire"),
  JWT_ISSUER: z
    .string()
    .max(500)
    .optional()
    .describe("the outside issuer (iss) whose tokens are taken besides ours; needs JWT_AUDIENCE"),
  JWT_AUDIENCE: z.string().max(500).optional().describe("what its tokens must name as audience (aud)"),
  JWT_JWKS_URL: z
    .url({ protocol: /^https?$/, error: "must be an http:// or https:// address" })
    .optional()
    .describe("where its public keys are (RS, PS, ES, EdDSA); unset: it signs by a shared secret (HS256)"),
  JWT_OUTSIDE_SECRET: z
    .string()
    .min(32)
    .optional()
    .describe("the secret it shares with us, at least 32 characters; unset: JWT_SECRET, by which it could sign as us"),
  JWT_ROLE_CLAIM: z.string().min(1).default("role").describe("claim of its tokens that names admin, agent or customer"),
  JWT_USER_ID_CLAIM: z.string().min(1).default("sub").describe("claim of its tokens that is a customer's user_id here"),
  ACCESS_TTL_S: integer(900, 10, 86400).describe("life of an access token, seconds"),
  REFRESH_TTL_S: integer(2592000, 60, 31536000).describe("life of a refresh token, seconds"),
  SESSIONS_MAX: integer(20, 1, 1000).describe("sessions that one user may have; one more ends the one unused longest"),
  REGISTRATION: flag.describe("0: customers cannot register themselves"),
  GUESTS: flag.describe("0: who writes from the widget needs an account; so it is with REGISTRATION=0"),
  ADMIN_EMAIL: z.email().optional().describe("first admin, made at migrate or start"),
  ADMIN_PASSWORD: z.string().min(8).optional().describe("first admin's password"),
  METRICS_TOKEN: z.string().min(16).optional().describe("bearer token that may read /metrics"),
  WORKER_METRICS_PORT: integer(0, 0, 65535).describe(
    "where a worker serves /metrics, /healthz and /readyz, or the next free port; 0: nowhere",
  ),
  TICKET_CAPACITY: integer(15, 0, 1000).describe("tickets that a new agent may hold at once"),
  OWNERSHIP_LEASE_MINUTES: integer(30, 0, 10080).describe("an absent agent keeps its tickets that long; 0: for ever"),
  REOPEN_WITHIN_HOURS: integer(72, 0, 8760).describe("a message on a ticket closed that recently reopens it"),
  AGEING_HORIZON_HOURS: integer(24, 1, 720).describe("no ticket is overtaken by one that came that much later"),
  EVENT_RETENTION_DAYS: integer(7, 1, 365).describe("how long a client may be away and still resume"),
  AGENT_VISIBILITY: z
    .enum(["all", "queues", "own"])
    .default("all")
    .describe("tickets that an agent sees: all, those of its queues and its own, or its own only"),
  BODY_MAX_BYTES: integer(1048576, 1024, 16777216).describe("largest request body"),
  UPLOAD_MAX_BYTES: integer(10485760, 1024, 1073741824).describe("largest upload"),
  UPLOAD_TYPES: list
    .transform((names) => (names.length === 0 ? allFileKinds : names))
    .pipe(z.array(z.enum(allFileKinds)))
    .describe("kinds of files that are taken: jpeg, png, gif, webp, pdf, txt, csv; empty: all of these"),
  UPLOAD_UNUSED_MAX: integer(200, 1, 100000).describe("uploads that one user may have that no message uses yet"),
  BOT_PROVIDER: z
    .enum(["none", "echo", "openai"])
    .default("echo")
    .describe("who answers first: nobody (none), canned replies (echo), a model by OpenAI's protocol (openai)"),
  BOT_BASE_URL: z
    .url({ protocol: /^https?$/, error: "must be an http:// or https:// address" })
    .default("https://api.openai.com/v1")
    .describe("the model's server; a private one must stand in OUTBOUND_ALLOW as well"),
  BOT_API_KEY: z.string().max(1000).optional().describe("its key, where it asks for one"),
  BOT_MODEL: z.string().min(1).max(200).optional().describe("its model; required with openai"),
  BOT_DEADLINE_MS: integer(20000, 100, 50000).describe("a model that has not answered by then has failed, ms"),
  BOT_RETRIES: integer(1, 0, 5).describe("tries after the first one, within the deadline"),
  BOT_ANSWER_TOKENS_MAX: integer(400, 16, 8192).describe("tokens of one answer of the model"),
  BOT_CONTEXT_MESSAGES: integer(20, 0, 200).describe("messages before the question that the model is told of"),
  BOT_CONVERSATION_TOKENS_MAX: integer(20000, 0, 100000000).describe(
    "tokens that one conversation may cost; then the echo bot answers",
  ),
  BOT_DAY_TOKENS_MAX: integer(2000000, 0, 1000000000).describe("tokens that all conversations may cost in a day (UTC)"),
  BOT_CONFIDENCE_MIN_PERCENT: integer(25, 0, 100).describe(
    "an answer that is less sure is not given: a person takes over",
  ),
  BOT_ANSWER_WITHIN_S: integer(60, 1, 3600).describe(
    "a customer whom no bot answered for so long gets a person, seconds",
  ),
  SMTP_URL: z
    .url({ protocol: /^smtps?$/, error: "must be an smtp:// or smtps:// address" })
    .optional()
    .describe("the mail server by which replies go to customers who have an address; unset: no mail"),
  MAIL_FROM: z
    .string()
    .max(320)
    .regex(/^([^<>\r\n]*<[^<>@\s]+@[^<>@\s]+>|[^<>@\s]+@[^<>@\s]+)$/, "must be an address, or a name and <address>")
    .default("Support <support@localhost>")
    .describe("whom replies by mail are from; Message-IDs bear its domain"),
  WEBHOOK_DEADLINE_MS: integer(10000, 100, 60000).describe("a webhook that has not answered by then has failed, ms"),
  WEBHOOK_CONCURRENCY: integer(32, 1, 256).describe("calls that one worker has under way to one webhook at once"),
  MAIL_CONCURRENCY: integer(4, 1, 64).describe("mails that one worker sends at once"),
  REPLY_READ_WITHIN_S: integer(120, 5, 86400).describe(
    "a reply that its customer has not read on an open socket by then goes another way, if there is one, seconds",
  ),
  DELIVERY_RETENTION_DAYS: integer(14, 1, 365).describe("how long sent events of webhooks are listed"),
  RELAY_MAX_BUFFER_BYTES: integer(1048576, 16384, 67108864).describe("a slower reader than that is closed with 4408"),
  RELAY_MAX_SOCKETS: integer(20000, 1, 1000000).describe("sockets that one relay takes"),
  RELAY_MAX_SOCKETS_PER_USER: integer(1000, 1, 1000000).describe("sockets that one user may have open at one relay"),
  INTAKE_FLUSH_ROWS: integer(256, 1, 1000).describe("messages that one shared transaction stores at most"),
  INTAKE_FLUSHES: integer(2, 1, 64).describe("shared transactions under way at once in one process"),
  INTAKE_QUEUE_MAX: integer(10000, 1, 1000000).describe("messages that may wait for a flush before 503"),
  FILL_CONCURRENCY: integer(4, 1, 64).describe("agents that one process fills with tickets at once"),
  FILL_QUEUE_MAX: integer(5000, 1, 1000000).describe("agents that may wait to be filled before 503"),
  FILL_WAIT_MS: integer(10000, 100, 60000).describe("how long an agent may wait to be filled, ms"),
  STAGE_CONCURRENCY: integer(4, 1, 64).describe("jobs of one stage that a worker runs at once"),
  JOB_ATTEMPTS: integer(8, 1, 50).describe("tries before a job is a dead letter"),
  JOB_LOCK_MS: integer(10000, 1000, 600000).describe("a job whose worker is silent that long is given to another, ms"),
  SWEEP_INTERVAL_MS: integer(5000, 100, 600000).describe("how often maintain looks for what was lost on the way, ms"),
  SHUTDOWN_TIMEOUT_MS: integer(10000, 100, 60000).describe("a process that drains longer than that is stopped, ms"),
  WEBSOCKET_ALLOWED_ORIGINS: list.describe("browser origins that may open sockets; empty: the own origin"),
  CORS_ORIGINS: list.describe("browser origins that may call the API; empty: the own origin"),
  RATE_LIMITS: flag.describe("0: nothing is limited by rate"),
  RATE_LIMIT_READ_PER_MINUTE: rate(12_000).describe(
    "calls that read, of one user; each of these is 0: no limit, and 10 times as much for an admin",
  ),
  RATE_LIMIT_WRITE_PER_MINUTE: rate(6000).describe("calls that write, of one user"),
  RATE_LIMIT_SEARCH_PER_MINUTE: rate(1200).describe("searches of one user"),
  RATE_LIMIT_ASSIGN_PER_MINUTE: rate(6000).describe("pulls of a batch, of one agent"),
  RATE_LIMIT_INTAKE_PER_MINUTE: rate(1200).describe("messages of one customer"),
  RATE_LIMIT_API_KEY_PER_MINUTE: rate(1_500_000).describe("messages by one API key, or by one admin"),
  RATE_LIMIT_AUTH_PER_MINUTE: rate(600).describe("sign-ins, refreshes and registrations from one address"),
  RATE_LIMIT_ANONYMOUS_PER_MINUTE: rate(1200).describe("other calls that need no token, from one address"),
  RATE_LIMIT_FAILURES_PER_MINUTE: rate(300).describe("refused tokens, API keys and sign-ins from one address"),
  RATE_LIMIT_SIGN_IN_FAILURES_PER_HOUR: rate(20).describe(
    "failed sign-ins with one e-mail address from one address; from all addresses 5 times as many",
  ),
  RATE_LIMIT_SOCKETS_PER_MINUTE: rate(12_000).describe("sockets opened from one address"),
  LOG_LEVEL: z.enum(["fatal", "error", "warn", "info", "debug", "trace", "silent"]).default("info"),
  LOG_FORMAT: z.enum(["json", "pretty"]).optional().describe("default: pretty on a terminal, else json"),
});

/** All settings, parsed. */
export type Settings = z.infer<typeof settingsSchema>;
