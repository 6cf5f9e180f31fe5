import { conversationStream } from "../contract/events.js";
import { appendEvents, outboxEvent } from "../db/outbox.js";
import { conversationAccess } from "../db/queries/conversation-access.js";
import { lockConversation } from "../db/queries/lock-ticket.js";
import { latestSeqOf, makeStaffMark, moveMark, readMark, readPassed } from "../db/queries/read-marks.js";
import { Refusal } from "../domain/errors.js";
import { type CommandContext, transact } from "./context.js";
import { settleRead } from "./settle-read.js";

export interface MarkRead {
  conversationId: number;
  /** Read up to this seq. With neither this nor `messageIds`: all that is there. */
  upTo?: number | undefined;
  /** Read up to the latest of these; those of other conversations count for nothing. */
  messageIds?: readonly number[] | undefined;
}

/**
 * Notes how far the actor has read a conversation, and tells it (`read`); a customer's replies up to there are delivered. A mark never goes back, and never beyond what
 * was said. Staff gets a mark in a support case with its first one; an admin that looks on elsewhere has none, and marks
 * nothing. Throws `conversation_not_found`.
 */
export async function markRead(
  ctx: CommandContext,
  input: MarkRead,
): Promise<{ markedRead: number; upTo: number; unreadCount: number }> {
  const { conversationId } = input;
  return transact(ctx, async (tx) => {
    const conversation = await lockConversation(tx, conversationId);
    const access = conversation && (await conversationAccess(tx, ctx.actor, conversationId, ctx.sight));
    if (!conversation || !access?.mayRead) {
      throw new Refusal("conversation_not_found", "There is no such conversation.");
    }
    const userId = ctx.actor.id;
    const nothing = { markedRead: 0, upTo: 0, unreadCount: 0 };
    if (userId === null) return nothing;
    if (!access.isParticipant && access.kind === "support") await makeStaffMark(tx, { conversationId, userId, seq: 0 });
    const before = await readMark(tx, conversationId, userId);
    if (!before) return nothing;
    const named = input.messageIds ? await latestSeqOf(tx, conversationId, input.messageIds) : 0;
    const wanted = input.messageIds ? Math.max(named, input.upTo ?? 0) : (input.upTo ?? conversation.lastSeq);
    const seq = Math.min(wanted, conversation.lastSeq);
    const moved = await moveMark(tx, { conversationId, userId, seq });
    if (!moved) return { markedRead: 0, upTo: before.lastReadSeq, unreadCount: before.unread };
    const message_ids = await readPassed(tx, { conversationId, userId, after: before.lastReadSeq, upTo: seq });
    const payload = { user_id: userId, up_to: seq, read_at: moved.readAt.toISOString(), message_ids };
    const event = outboxEvent({ stream: conversationStream(conversationId), type: "read", payload });
    await appendEvents(tx, [event], ctx.requestId);
    await settleRead(tx, { conversationId, userId, seq }, ctx.requestId);
    return { markedRead: before.unread - moved.unread, upTo: seq, unreadCount: moved.unread };
  });
}
