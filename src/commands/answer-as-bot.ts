import type { ChatMessage } from "../contract/events.js";
import { asViewer } from "../db/as-viewer.js";
import type { Executor } from "../db/database.js";
import { reserveTokens, settleTokens } from "../db/queries/bot-usage.js";
import { type ConversationAccess, conversationAccess } from "../db/queries/conversation-access.js";
import { type BotContextRow, customerNameOf, readBotContext, readCannedTexts } from "../db/queries/read-bot-context.js";
import { readConversation } from "../db/queries/read-conversation.js";
import { readPrompts } from "../db/queries/read-prompts.js";
import type { Bot, BotAnswer, BotQuestion } from "../domain/bot.js";
import { Refusal } from "../domain/errors.js";
import { fillPlaceholders } from "../domain/fill-placeholders.js";
import { requirePermission } from "../domain/policy.js";
import { invariant } from "../runtime/invariant.js";
import { chatMessageOf } from "./chat-message.js";
import { type CommandContext, transact } from "./context.js";
import { type HandOverReason, handOverInTransaction } from "./hand-over-to-agents.js";
import { postBotMessage } from "./post-bot-message.js";
import { postMessage } from "./post-message.js";
import { reasonToHandOver } from "./reason-to-hand-over.js";

/** What a bot's answers are held to. */
export interface BotLimits {
  BOT_ANSWER_TOKENS_MAX: number;
  BOT_CONTEXT_MESSAGES: number;
  BOT_CONVERSATION_TOKENS_MAX: number;
  BOT_DAY_TOKENS_MAX: number;
  BOT_CONFIDENCE_MIN_PERCENT: number;
}

export interface QuestionToBot {
  conversationId: number;
  /** Said by the caller first, as a message of its own. */
  text?: string | undefined;
  clientId?: string | undefined;
}

/** What became of it: the bot's message, or the one by which the desk takes over. */
export interface BotOutcome {
  message: ChatMessage;
  degraded?: true;
  handedOver?: HandOverReason;
}

/** A question, or what is told of before it, is cut there. */
const questionMax = 4000;
const contextMax = 12_000;
/** What the desk itself adds to a question, in tokens, and what a token has at least of characters. */
const frameTokens = 2500;
const charactersOfToken = 3;
const textMax = 10_000;

/**
 * Has the bot answer what its customer said last: all that was said since its last answer, together. It is asked outside
 * of any transaction; its answer is stored only where nobody answered or took over meanwhile. Asked again without a new
 * word, it gives the answer that is there. A person takes over where the customer asks for one, where it is urgent, where
 * the bot is not sure enough, and where there is none. Throws `conversation_not_found`, `forbidden`, `handed_over`,
 * `invalid_body` where nothing was asked, and what `postMessage` throws.
 */
export async function answerAsBot(
  ctx: CommandContext,
  bot: Bot | null,
  limits: BotLimits,
  input: QuestionToBot,
  onPiece?: (piece: string | null) => void,
): Promise<BotOutcome> {
  requirePermission(ctx.actor, "bot.ask");
  const { conversationId, text, clientId } = input;
  const access = await accessOf(ctx, conversationId);
  if (access.kind === "support" && text === undefined) return alreadyHandedOver(ctx.db.kysely, conversationId);
  requireBots(access);
  if (text !== undefined) {
    await postMessage(ctx, { conversationId, text, clientId });
    // These words alone may have brought a person in.
    if ((await accessOf(ctx, conversationId)).kind === "support")
      return alreadyHandedOver(ctx.db.kysely, conversationId);
  }
  const { db } = ctx;
  const said = await readBotContext(db.kysely, conversationId, limits.BOT_CONTEXT_MESSAGES + questionsMax);
  const last = said.at(-1);
  if (!last) {
    throw new Refusal("invalid_body", "Nothing was asked yet.", {
      errors: [{ path: "body.text", message: "is required where nothing was said yet" }],
    });
  }
  if (last.kind === "bot") return { message: await messageOf(db.kysely, conversationId, last.id) };
  const asked = questionIn(said);
  const reason = bot ? reasonToHandOver(asked.text) : "no_answer";
  if (reason || !bot) return handOver(ctx, conversationId, reason ?? "no_answer");
  const question = await questionTo(db.kysely, conversationId, asked, limits.BOT_CONTEXT_MESSAGES);
  const answer = await ask(ctx, bot, limits, conversationId, question, onPiece);
  if (answer.confidence * 100 < limits.BOT_CONFIDENCE_MIN_PERCENT) {
    return handOver(ctx, conversationId, "low_confidence");
  }
  const { source, confidence, degraded } = answer;
  const metadata = { source, confidence, ...(degraded ? { degraded } : {}) };
  const shown = [...answer.text].slice(0, textMax).join("");
  const message = await postBotMessage(ctx, { conversationId, text: shown, metadata, answers: last.seq });
  if (message) return { message, ...(degraded ? { degraded } : {}) };
  // Another call was first, or a person.
  requireBots(await accessOf(ctx, conversationId));
  const [now] = (await readBotContext(db.kysely, conversationId, 50)).filter(({ kind }) => kind === "bot").slice(-1);
  invariant(now, "what was answered already has an answer");
  return { message: await messageOf(db.kysely, conversationId, now.id) };
}

/** Messages that a customer may have written since the bot's last word, and that are read as one question. */
const questionsMax = 10;

/** What the caller may do there. Throws `conversation_not_found`, `forbidden` for who only reads. */
async function accessOf({ db, actor, sight }: CommandContext, conversationId: number): Promise<ConversationAccess> {
  const look = (executor: Executor) => conversationAccess(executor, actor, conversationId, sight);
  const access =
    actor.role === "customer" && actor.id !== null ? await asViewer(db, actor.id, look) : await look(db.kysely);
  if (!access) throw new Refusal("conversation_not_found", "There is no such conversation.");
  if (!access.isParticipant) throw new Refusal("forbidden", "Only its participants ask the bot here.");
  return access;
}

const handedOver = () => new Refusal("handed_over", "No bot answers here: a person does.");

function requireBots({ kind }: ConversationAccess): void {
  if (kind !== "bot") throw handedOver();
}

/** The message by which the desk took over, while nothing was said after it; then a person has the word. */
async function alreadyHandedOver(db: Executor, conversationId: number): Promise<BotOutcome> {
  const latest = await readConversation(db, conversationId, { notes: false, limit: 10 });
  const told = latest.findLast(({ metadata }) => metadata?.hand_over !== undefined);
  const after = latest.filter(({ kind, seq }) => told && seq > told.seq && kind === "text");
  if (!told || after.length > 0) throw handedOver();
  return { message: chatMessageOf(told), handedOver: told.metadata?.hand_over as HandOverReason };
}

interface Asked {
  text: string;
  before: readonly BotContextRow[];
}

/** All that was said since the bot's last word. */
function questionIn(said: readonly BotContextRow[]): Asked {
  const answered = said.findLastIndex(({ kind }) => kind === "bot");
  const from = Math.max(answered + 1, said.length - questionsMax);
  const text = said.slice(from).map((row) => row.text);
  return { text: text.join("\n").slice(-questionMax), before: said.slice(0, from) };
}

/** The question with what the bot is told besides: the conversation before it, cut off in front, and the desk's texts. */
async function questionTo(
  db: Executor,
  conversationId: number,
  { text, before }: Asked,
  contextMessages: number,
): Promise<Omit<BotQuestion, "tokensMax">> {
  const [name, prompts, canned] = await Promise.all([
    customerNameOf(db, conversationId),
    readPrompts(db, { inactive: false }),
    readCannedTexts(db),
  ]);
  const values = { "customer.name": name || "there", "agent.name": "" };
  const replies = canned.map((reply) => ({ ...reply, text: fillPlaceholders(reply.text, values).trim() }));
  const context: BotQuestion["context"][number][] = [];
  let characters = 0;
  for (const row of contextMessages > 0 ? before.slice(-contextMessages).reverse() : []) {
    characters += row.text.length;
    if (characters > contextMax) break;
    context.unshift({ from: row.kind === "bot" ? "desk" : "customer", text: row.text });
  }
  return { text, context, prompts, replies };
}

/** Asks, and keeps account of what it costs. */
async function ask(
  { db }: CommandContext,
  bot: Bot,
  limits: BotLimits,
  conversationId: number,
  question: Omit<BotQuestion, "tokensMax">,
  onPiece?: (piece: string | null) => void,
): Promise<BotAnswer> {
  if (bot.isFree) return bot.answer({ ...question, tokensMax: 0 }, onPiece);
  const characters = question.context.reduce((sum, turn) => sum + turn.text.length, question.text.length);
  const wanted = frameTokens + Math.ceil(characters / charactersOfToken) + limits.BOT_ANSWER_TOKENS_MAX;
  const caps = { conversation: limits.BOT_CONVERSATION_TOKENS_MAX, day: limits.BOT_DAY_TOKENS_MAX };
  const tokensMax = await reserveTokens(db, conversationId, wanted, caps);
  const answer = await bot.answer({ ...question, tokensMax }, onPiece);
  // What a provider that failed has cost, nobody says: it stays set aside.
  if (!answer.degraded || tokensMax === 0) await settleTokens(db, conversationId, answer.tokens - tokensMax);
  return answer;
}

async function handOver(ctx: CommandContext, conversationId: number, reason: HandOverReason): Promise<BotOutcome> {
  await transact(ctx, (tx) => handOverInTransaction(tx, ctx, { conversationId, reason }));
  return alreadyHandedOver(ctx.db.kysely, conversationId);
}

async function messageOf(db: Executor, conversationId: number, id: number): Promise<ChatMessage> {
  const [row] = await readConversation(db, conversationId, { notes: false, limit: 1, only: id });
  invariant(row, "a message that was found is there");
  return chatMessageOf(row);
}
