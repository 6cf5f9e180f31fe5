import type { Bot } from "../domain/bot.js";
import type { Config } from "../runtime/config.js";
import type { Logger } from "../runtime/logger.js";
import { openOutboundFetch } from "../runtime/outbound-fetch.js";
import { createBotWithFallback } from "./bot-with-fallback.js";
import { createEchoBot } from "./echo-bot.js";

/** The settings of the bot. */
export type BotSettings = Pick<
  Config,
  | "BOT_PROVIDER"
  | "BOT_BASE_URL"
  | "BOT_API_KEY"
  | "BOT_MODEL"
  | "BOT_DEADLINE_MS"
  | "BOT_RETRIES"
  | "BOT_ANSWER_TOKENS_MAX"
  | "OUTBOUND_ALLOW"
>;

const answerBytesMax = 1024 * 1024;

/**
 * The bot that the settings ask for; null: none, a person answers from the first word on. The provider's library is loaded
 * where it is asked for: it is an eighth of what a process of the API takes to start (measured), killed ones too.
 */
export async function createBot(settings: BotSettings, logger: Pick<Logger, "warn">): Promise<Bot | null> {
  if (settings.BOT_PROVIDER === "none") return null;
  const echo = createEchoBot();
  if (settings.BOT_PROVIDER === "echo") return echo;
  const { createOpenAiBot } = await import("./openai-bot.js");
  const openai = createOpenAiBot({
    baseUrl: settings.BOT_BASE_URL,
    apiKey: settings.BOT_API_KEY,
    model: settings.BOT_MODEL ?? "",
    deadlineMs: settings.BOT_DEADLINE_MS,
    retries: settings.BOT_RETRIES,
    answerTokensMax: settings.BOT_ANSWER_TOKENS_MAX,
    fetch: openOutboundFetch({ allow: settings.OUTBOUND_ALLOW, maxBytes: answerBytesMax }),
  });
  // Of the error its kind and status: its text may quote what was sent.
  return createBotWithFallback(openai, echo, (error) => logger.warn(failureOf(error), "the bot's provider failed"));
}

function failureOf(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { failure: "unknown" };
  const status = "status" in error && typeof error.status === "number" ? { provider_status: error.status } : {};
  const cause = error.cause instanceof Error ? { cause: error.cause.name } : {};
  return { failure: error.name, ...status, ...cause };
}
