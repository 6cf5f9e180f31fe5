import type { CommandContext } from "../../../commands/context.js";
import { noteDelivered } from "../../../commands/note-delivered.js";
import { settleShown } from "../../../commands/settle-shown.js";
import type { SaidRow } from "../../../db/queries/read-conversation.js";

/**
 * Notes that a participant was shown these messages: what nobody but its sender had had is delivered from now on. Where
 * all of them were, as on every later look at a page, nothing is written; and where somebody writes in the conversation
 * at that moment, the next look notes it. A customer's replies that were among them have found their way.
 */
export async function noteShown(
  context: CommandContext,
  conversationId: number,
  rows: readonly SaidRow[],
): Promise<void> {
  const { db, actor } = context;
  const userId = actor.id;
  if (userId === null) return;
  const fresh = rows.filter((row) => row.sender?.id !== userId && !row.delivered && row.readBy.length === 0);
  const seq = Math.max(0, ...fresh.map((row) => row.seq));
  if (seq > 0) await noteDelivered(db, [{ conversationId, userId, seq }]);
  const messageIds = rows.filter((row) => row.awaited && row.sender?.id !== userId).map((row) => row.id);
  if (messageIds.length > 0) await settleShown(context, { conversationId, messageIds });
}
