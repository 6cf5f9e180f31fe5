import { sql } from "kysely";
import type { ChatMessage } from "../contract/events.js";
import type { Tx } from "../db/database.js";
import { appendEvents } from "../db/outbox.js";
import { appendMessage } from "../db/queries/append-message.js";
import { lockConversation } from "../db/queries/lock-ticket.js";
import { messageNewEvent, newChatMessage } from "./chat-message.js";
import { type CommandContext, transact } from "./context.js";

export interface BotMessage {
  conversationId: number;
  text: string;
  metadata?: Record<string, unknown> | undefined;
  /** seq of the customer's message that it answers. */
  answers: number;
}

type BotContext = Pick<CommandContext, "db" | "wake" | "requestId">;

/**
 * The bot's word in its conversation. null, and nothing is said: a person took over, that message or a later one has its
 * answer already, or the conversation is gone. Of two answers at once one is said.
 */
export async function postBotMessage(ctx: BotContext, input: BotMessage): Promise<ChatMessage | null> {
  return transact(ctx, (tx) => postBotMessageInTransaction(tx, ctx, input));
}

/** The same in a transaction that the caller opened: a last word before the hand-over. */
export async function postBotMessageInTransaction(
  tx: Tx,
  ctx: Pick<CommandContext, "requestId">,
  { conversationId, text, metadata, answers }: BotMessage,
): Promise<ChatMessage | null> {
  const conversation = await lockConversation(tx, conversationId);
  if (!conversation || conversation.erased || !(await isOpenTo(tx, conversationId, answers))) return null;
  const message = { senderId: null, kind: "bot" as const, text, metadata: { ...metadata, answers } };
  const told = newChatMessage(conversationId, await appendMessage(tx, conversation, message), message, null);
  await appendEvents(tx, [messageNewEvent(told)], ctx.requestId);
  return told;
}

/** Whether the conversation is the bot's still, and that message of it waits for an answer. */
async function isOpenTo(tx: Tx, conversationId: number, answers: number): Promise<boolean> {
  const { rows } = await sql`
    SELECT FROM conversations c
    WHERE c.id = ${conversationId} AND c.kind = 'bot' AND c.deleted_at IS NULL AND NOT EXISTS (
      SELECT FROM messages m WHERE m.conversation_id = c.id AND m.seq > ${answers} AND m.kind = 'bot'
        AND (m.metadata->>'answers')::int >= ${answers})`.execute(tx);
  return rows.length > 0;
}
