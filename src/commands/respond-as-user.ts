import { sql } from "kysely";
import { agentsStream } from "../contract/events.js";
import type { Tx } from "../db/database.js";
import { appendEvents, outboxEvent } from "../db/outbox.js";
import { appendMessage } from "../db/queries/append-message.js";
import { lockConversation } from "../db/queries/lock-ticket.js";
import { Refusal } from "../domain/errors.js";
import { attachUploadInTransaction } from "./attach-upload.js";
import { messageNewEvent, newChatMessage } from "./chat-message.js";
import { type CommandContext, transact } from "./context.js";
import { handOverInTransaction } from "./hand-over-to-agents.js";
import { openTicketInTransaction } from "./open-ticket.js";
import { type MessageToPost, type PostedMessage, postMessage, requireText } from "./post-message.js";
import { reasonToHandOver } from "./reason-to-hand-over.js";

export interface UserResponse extends Omit<MessageToPost, "conversationId" | "kind"> {
  /** Left out: a new conversation is opened. */
  conversationId?: number | undefined;
  /** What a new one is: the bot's, or with no bot a support case, whose ticket is opened at once. */
  opens: "bot" | "support";
}

/** How something is said in a conversation that is there: `postMessage`, or gathered with what others say. */
type Post = (ctx: CommandContext, input: MessageToPost) => Promise<PostedMessage>;

/**
 * A customer says something, in a conversation that it names or in a new one (CONTRACT.md 3). With a `clientId` an opening
 * that is sent again, or twice at once, opens one conversation. Throws what `postMessage` does; `forbidden` for who is no
 * customer and names no conversation.
 */
export async function respondAsUser(
  ctx: CommandContext,
  { opens, ...input }: UserResponse,
  post: Post = postMessage,
): Promise<{ conversationId: number; messageId: number; isNew: boolean }> {
  const { conversationId } = input;
  if (conversationId === undefined) return transact(ctx, (tx) => openConversation(tx, ctx, { ...input, opens }));
  const { message, isNew } = await post(ctx, { ...input, conversationId });
  return { conversationId, messageId: message.id, isNew };
}

async function openConversation(tx: Tx, ctx: CommandContext, input: UserResponse) {
  const { actor } = ctx;
  requireText(input);
  if (actor.role !== "customer" || actor.id === null) {
    throw new Refusal("forbidden", "A customer opens a conversation; name the one that you write in.");
  }
  await lockCustomer(tx, actor.id);
  const known = await openedBefore(tx, actor.id, input.clientId);
  if (known) return known;
  const { id: conversationId } = await tx
    .insertInto("conversations")
    .values({ kind: input.opens, channel: "chat", created_by: actor.id })
    .returning("id")
    .executeTakeFirstOrThrow();
  await tx
    .insertInto("participants")
    .values({ conversation_id: conversationId, user_id: actor.id, role: "customer" })
    .execute();
  const messageId = await sayFirst(tx, ctx, input, conversationId, { id: actor.id, name: actor.name });
  return { conversationId, messageId, isNew: true };
}

/** The customer's row, as every intake locks it: an erasure comes before, or after and finds the conversation. */
async function lockCustomer(tx: Tx, customerId: number): Promise<void> {
  const { rows } = await sql`
    UPDATE customers SET last_seen_at = now() WHERE id = ${customerId} AND erased_at IS NULL RETURNING id`.execute(tx);
  if (rows.length === 0) throw new Refusal("forbidden", "A customer opens a conversation.");
}

async function openedBefore(tx: Tx, customerId: number, clientId: string | undefined) {
  if (clientId === undefined) return null;
  const row = await tx
    .selectFrom("messages")
    .innerJoin("conversations", "conversations.id", "messages.conversation_id")
    .select(["messages.id", "messages.conversation_id"])
    .where("messages.sender_id", "=", customerId)
    .where("messages.client_id", "=", clientId)
    .where("messages.seq", "=", 1)
    .where("conversations.kind", "<>", "direct")
    .where("conversations.deleted_at", "is", null)
    .executeTakeFirst();
  return row ? { conversationId: row.conversation_id, messageId: row.id, isNew: false } : null;
}

async function sayFirst(
  tx: Tx,
  ctx: CommandContext,
  input: UserResponse,
  conversationId: number,
  sender: { id: number; name: string },
): Promise<number> {
  const conversation = await lockConversation(tx, conversationId);
  if (!conversation) throw new Refusal("conversation_not_found", "There is no such conversation.");
  const { text, clientId = null, metadata = null, attachmentId, opens } = input;
  const ticketVersion = opens === "support" ? 1 : null;
  const message = { senderId: sender.id, kind: "text" as const, text, clientId, metadata, ticketVersion };
  const said = await appendMessage(tx, conversation, message);
  const file =
    attachmentId === undefined
      ? null
      : await attachUploadInTransaction(tx, { attachmentId, messageId: said.id, uploaderId: sender.id });
  const told = messageNewEvent(newChatMessage(conversationId, said, message, { ...sender, role: "customer" }, file));
  if (opens === "bot") {
    await appendEvents(tx, [told], ctx.requestId);
    const reason = reasonToHandOver(text);
    if (reason) await handOverInTransaction(tx, ctx, { conversationId, reason });
    return said.id;
  }
  const opened = await openTicketInTransaction(tx, ctx, {
    conversationId,
    customerId: sender.id,
    openingMessageId: said.id,
    customerSeq: said.seq,
  });
  const { ticketId, userId, createdAt: created_at } = opened;
  const payload = { message_id: ticketId, status: "unassigned" as const, body: text, user_id: userId, created_at };
  const job = { stage: "score" as const, subjectId: said.id };
  const opening = outboxEvent({ stream: agentsStream, type: "message_new", payload, job });
  await appendEvents(tx, [opening, told], ctx.requestId);
  return said.id;
}
