import type { Bus } from "../bus/bus.js";
import type { Gate } from "../commands/gate.js";
import type { GatheredPosts } from "../commands/gathered-posts.js";
import type { GatheredPulls } from "../commands/gathered-pulls.js";
import type { GatheredReplies } from "../commands/gathered-replies.js";
import type { Intake } from "../commands/intake.js";
import type { Database } from "../db/database.js";
import type { Bot } from "../domain/bot.js";
import type { StageFigures } from "../queue/admin.js";
import type { boardQueues } from "../queue/board.js";
import type { Config } from "../runtime/config.js";
import type { FileStore } from "../runtime/file-store.js";
import type { Logger } from "../runtime/logger.js";
import type { Metrics } from "../runtime/metrics.js";
import type { PictureAddresses } from "../runtime/picture-addresses.js";
import type { SecretBox } from "../runtime/secret-box.js";
import type { Tokens } from "../runtime/tokens.js";
import type { Limits } from "./middleware/rate-limit.js";
import type { Sightings } from "./sightings.js";
import type { StreamNews } from "./stream-news.js";

/** The settings that the API looks at. */
export type ApiConfig = Pick<
  Config,
  | "HOST"
  | "ALLOWED_HOSTS"
  | "CORS_ORIGINS"
  | "BODY_MAX_BYTES"
  | "UPLOAD_MAX_BYTES"
  | "BOT_PROVIDER"
  | "BOT_CONTEXT_MESSAGES"
  | "BOT_ANSWER_TOKENS_MAX"
  | "BOT_CONVERSATION_TOKENS_MAX"
  | "BOT_DAY_TOKENS_MAX"
  | "BOT_CONFIDENCE_MIN_PERCENT"
  | "UPLOAD_TYPES"
  | "UPLOAD_UNUSED_MAX"
  | "DATABASE_POOL_MAX"
  | "METRICS_TOKEN"
  | "REFRESH_TTL_S"
  | "SESSIONS_MAX"
  | "REGISTRATION"
  | "GUESTS"
  | "AGEING_HORIZON_HOURS"
  | "REOPEN_WITHIN_HOURS"
  | "TICKET_CAPACITY"
  | "OWNERSHIP_LEASE_MINUTES"
  | "AGENT_VISIBILITY"
  | "TRUST_PROXY"
  | "OUTBOUND_ALLOW"
  | "openDemo"
>;

/** What the app is given; a test gives it its own. */
export interface ApiDependencies {
  config: ApiConfig;
  db: Database;
  bus: Pick<Bus, "wake" | "ping" | "publishEphemeral" | "publishControl">;
  intake: Pick<Intake, "receive" | "waiting">;
  posts: Pick<GatheredPosts, "post">;
  replies: Pick<GatheredReplies, "reply">;
  /** Agents who pull, filled together. */
  pulls: Pick<GatheredPulls, "pull">;
  /** One for all pulls of the process. */
  fillGate: Gate;
  /** Told of each call of an agent with a token of its own. */
  sightings: Pick<Sightings, "note">;
  /** Told of by the log; who waits for a stream listens to it. */
  news: Pick<StreamNews, "listen" | "stopping">;
  tokens: Tokens;
  limits: Limits;
  /** null: nobody answers before a person does. */
  bot: Bot | null;
  uploads: { files: FileStore; addresses: PictureAddresses };
  /** Keeps the webhooks' secrets. */
  secrets: SecretBox;
  metrics: Metrics;
  logger: Logger;
  /** Resolves if the queue's store answers within `timeoutMs`, else rejects. */
  pingQueue: (timeoutMs: number) => Promise<void>;
  /** What each stage has to do; without it nobody is told. */
  stageFigures?: () => Promise<StageFigures[]>;
  /** Resolves when messages are stored, or could be; else rejects with what Postgres says. */
  tryStoring?: () => Promise<void>;
  /** Where the built console is; without it in `dist/console`. */
  consoleFolder?: string;
  /** The stages as bull-board takes them; without it there is no board. */
  boardQueues?: () => ReturnType<typeof boardQueues>;
}
