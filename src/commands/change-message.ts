import { sql } from "kysely";
import { type ChatMessage, conversationStream } from "../contract/events.js";
import type { Tx } from "../db/database.js";
import { appendEvents, outboxEvent } from "../db/outbox.js";
import { conversationAccess } from "../db/queries/conversation-access.js";
import { type FoundMessage, findMessage } from "../db/queries/find-message.js";
import { lockConversation } from "../db/queries/lock-ticket.js";
import { readConversation } from "../db/queries/read-conversation.js";
import { Refusal } from "../domain/errors.js";
import { invariant } from "../runtime/invariant.js";
import { chatMessageOf } from "./chat-message.js";
import { type CommandContext, transact } from "./context.js";

/**
 * Its sender puts other words in place of a message's; `edited_at` tells. A customer's words in a support case are scored,
 * if they were not yet. Throws `message_not_found` for a stranger's, `not_your_message`, `message_deleted`.
 */
export async function editMessage(
  ctx: CommandContext,
  input: { messageId: number; text: string; metadata?: Record<string, unknown> | undefined },
): Promise<ChatMessage> {
  return transact(ctx, async (tx) => {
    const { found, kind } = await takeOwnMessage(tx, ctx, input.messageId);
    if (found.deleted) throw new Refusal("message_deleted", "This message was deleted.");
    await tx
      .updateTable("messages")
      .set({
        text: input.text,
        edited_at: sql<Date>`clock_timestamp()`,
        ...(input.metadata === undefined ? {} : { metadata: JSON.stringify(input.metadata) }),
      })
      .where("id", "=", found.id)
      .execute();
    const message = await readMessageOf(tx, found);
    const scores = kind === "support" && ctx.actor.role === "customer";
    const event = outboxEvent({
      stream: conversationStream(found.conversationId),
      type: "message:edited",
      payload: { message },
      ...(scores ? { job: { stage: "score" as const, subjectId: found.id } } : {}),
    });
    await appendEvents(tx, [event], ctx.requestId);
    return message;
  });
}

/**
 * Its sender takes a message back: a tombstone stays in its place, and its file goes. A reply that was not delivered yet is
 * not delivered any more. Again: nothing. Throws `message_not_found` for a stranger's, `not_your_message`.
 */
export async function deleteMessage(ctx: CommandContext, input: { messageId: number }): Promise<void> {
  await transact(ctx, async (tx) => {
    const { found } = await takeOwnMessage(tx, ctx, input.messageId);
    if (found.deleted) return;
    await sql`
      UPDATE messages SET text = '', metadata = NULL, deleted_at = now(), edited_at = clock_timestamp()
      WHERE id = ${found.id}`.execute(tx);
    await sql`
      UPDATE deliveries SET status = 'failed', last_error = 'the message was deleted'
      WHERE message_id = ${found.id} AND status = 'pending'`.execute(tx);
    await sql`UPDATE urgency_scores SET terms = '[]' WHERE message_id = ${found.id}`.execute(tx);
    const payload = { message: await readMessageOf(tx, found) };
    const stream = conversationStream(found.conversationId);
    await appendEvents(tx, [outboxEvent({ stream, type: "message:deleted", payload })], ctx.requestId);
  });
}

/** A message under its conversation's lock, which its sender may change; what the system said is nobody's. */
async function takeOwnMessage(tx: Tx, ctx: CommandContext, messageId: number) {
  const gone = () => new Refusal("message_not_found", "There is no such message.");
  const seen = await findMessage(tx, messageId);
  if (!seen) throw gone();
  await lockConversation(tx, seen.conversationId);
  const found = await findMessage(tx, messageId);
  const access = await conversationAccess(tx, ctx.actor, seen.conversationId, ctx.sight);
  if (!found || !access || (found.kind === "note" && ctx.actor.role === "customer")) throw gone();
  const isOwn = found.senderId !== null && found.senderId === ctx.actor.id;
  if (!isOwn || (found.kind !== "text" && found.kind !== "note")) {
    throw new Refusal("not_your_message", "Only its sender changes a message.");
  }
  return { found, kind: access.kind };
}

async function readMessageOf(tx: Tx, { id, conversationId }: FoundMessage): Promise<ChatMessage> {
  const [row] = await readConversation(tx, conversationId, { notes: true, limit: 1, only: id });
  invariant(row, "a message that is locked is there");
  return chatMessageOf(row);
}
