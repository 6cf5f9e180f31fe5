import { type RawBuilder, sql } from "kysely";
import { lockConversation } from "../db/queries/lock-ticket.js";
import { type CommandContext, transact } from "./context.js";
import { repliesWait, settleReplies } from "./settle-replies.js";

/** What a customer was given of its conversation, without a socket. */
export type Shown =
  /** These messages, in the answer to its call. */
  | { conversationId: number; messageIds: readonly number[] }
  /** The frames up to this position of the stream: it asks for those after it, so it has them. */
  | { conversationId: number; since: number; epoch: string | null };

/**
 * Replies that a customer has fetched are delivered, though it has no socket, no webhook and no mail; unread they stay
 * until it says that it has read them. Nothing is written where nothing of it waits, as on every later look. A position
 * of another epoch, or beyond the stream, says nothing. Returns how many were settled.
 */
export async function settleShown({ actor, ...ctx }: CommandContext, shown: Shown): Promise<number> {
  if (actor.role !== "customer" || actor.id === null) return 0;
  const reader = { conversationId: shown.conversationId, userId: actor.id };
  const which = "since" in shown ? upTo(shown) : sql`m.id = ANY(${[...shown.messageIds]}::bigint[])`;
  const name = "since" in shown ? "replies-wait-since" : "replies-wait-ids";
  if (!(await repliesWait(ctx.db.kysely, reader, name, which))) return 0;
  return transact(ctx, async (tx) => {
    await lockConversation(tx, reader.conversationId);
    return settleReplies(tx, reader, which, ctx.requestId);
  });
}

function upTo(shown: { conversationId: number; since: number; epoch: string | null }): RawBuilder<unknown> {
  const stream = `conversation:${shown.conversationId}`;
  return sql`
    m.seq <= (SELECT (e.payload #>> '{message,seq}')::int FROM events e
              WHERE e.stream = ${stream} AND e.pos <= ${shown.since} AND e.type = 'message:new'
              ORDER BY e.pos DESC LIMIT 1)
    AND ${shown.since} <= (SELECT s.last_pos FROM streams s WHERE s.stream = ${stream})
    AND (${shown.epoch}::text IS NULL OR ${shown.epoch}::text = (SELECT y.epoch FROM system y))`;
}
