import { sql } from "kysely";
import type { Database, Tx } from "../db/database.js";
import { chooseReplyRoute, type ReplyRoute, type ReplySituation } from "../domain/reply-channel.js";
import { type StageContext, transact } from "./context.js";
import { settleRead } from "./settle-read.js";

/** What the desk can do for its customers. */
export interface RouteOptions {
  /** Mail can be sent. */
  mail: boolean;
  /** How long a reply waits for its reader on an open socket where there is another way, ms. */
  readWithinMs: number;
}

interface Row extends ReplySituation {
  id: number;
  requestId: string | null;
  conversationId: number;
  customerId: number | null;
  readSeq: number;
}

/** Replies that one run decides at most. */
const routeMax = 500;

/**
 * Decides by which way replies go that were just said, or that waited on the socket in vain. `ids`: of these only; null: of
 * all that are due. What goes by a webhook or by mail is due at once; what stays on the socket waits for its reader, and is
 * due again when another way is to be taken.
 */
export async function routeReplies(
  ctx: Pick<StageContext, "db" | "wake" | "requestId" | "requestOf">,
  ids: readonly number[] | null,
  options: RouteOptions,
): Promise<Record<ReplyRoute["channel"], number>> {
  const counts = { socket: 0, webhook: 0, email: 0 };
  return transact(ctx, async (tx) => {
    for (const row of await lockDue(tx, ids, options)) {
      const route = chooseReplyRoute(row);
      counts[route.channel]++;
      await writeRoute(tx, row.id, route, options, ctx.requestOf?.(row.id) ?? ctx.requestId);
      if (route.channel !== "socket" || row.customerId === null) continue;
      const reader = { conversationId: row.conversationId, userId: row.customerId, seq: row.readSeq };
      await settleRead(tx, reader, ctx.requestId);
    }
    return counts;
  });
}

async function lockDue(tx: Tx, ids: readonly number[] | null, { mail }: RouteOptions): Promise<Row[]> {
  const { rows } = await sql<Row>`
    SELECT d.id, d.request_id AS "requestId", d.conversation_id AS "conversationId", cu.id AS "customerId",
           d.tried_at IS NOT NULL AS waited,
           EXISTS (SELECT FROM presence p WHERE p.conversation_id = d.conversation_id AND p.user_id = cu.id
                     AND p.expires_at > now()) AS present,
           (SELECT w.id FROM webhooks w WHERE w.disabled_at IS NULL AND c.channel = ANY(w.reply_channels)
            ORDER BY w.id LIMIT 1) AS "webhookId",
           ${mail}::boolean AND cu.email IS NOT NULL AND coalesce(cu.attributes->>'replies', '') <> 'socket'
             AND NOT EXISTS (SELECT FROM email_bounces b WHERE b.address = lower(cu.email)) AS mailable,
           coalesce((SELECT p.last_read_seq FROM participants p
                     WHERE p.conversation_id = d.conversation_id AND p.user_id = cu.id), 0) AS "readSeq"
    FROM deliveries d
    JOIN conversations c ON c.id = d.conversation_id
    LEFT JOIN tickets t ON t.id = d.ticket_id
    LEFT JOIN customers cu ON cu.id = coalesce(t.customer_id, c.created_by)
    WHERE d.channel = 'socket' AND d.status = 'pending' AND d.message_id IS NOT NULL AND d.next_attempt_at <= now()
      ${ids === null ? sql`` : sql`AND d.id = ANY(${[...ids]}::bigint[])`}
    ORDER BY d.id LIMIT ${ids === null ? routeMax : ids.length} FOR UPDATE OF d SKIP LOCKED`.execute(tx);
  return rows;
}

async function writeRoute(
  tx: Tx,
  id: number,
  route: ReplyRoute,
  { readWithinMs }: RouteOptions,
  requestId: string | null,
): Promise<void> {
  const request = sql`request_id = coalesce(request_id, ${requestId}::text)`;
  if (route.channel === "socket") {
    const waitMs = route.fallback ? readWithinMs : null;
    await sql`
      UPDATE deliveries SET next_attempt_at = now() + ${waitMs}::float8 * interval '1 ms', ${request},
        tried_at = CASE WHEN ${route.fallback}::boolean THEN now() END
      WHERE id = ${id}`.execute(tx);
    return;
  }
  const webhookId = route.channel === "webhook" ? route.webhookId : null;
  await sql`
    UPDATE deliveries SET channel = ${route.channel}, webhook_id = ${webhookId}::bigint, next_attempt_at = now(),
      tried_at = NULL, ${request}
    WHERE id = ${id}`.execute(tx);
}

/** Whether a reply waits on the socket for whom another way is due; one look at an index. */
export async function repliesAreDue(db: Pick<Database, "kysely">): Promise<boolean> {
  const { rows } = await sql`
    /* replies-due */
    SELECT FROM deliveries WHERE channel = 'socket' AND status = 'pending' AND next_attempt_at <= now() LIMIT 1`.execute(
    db.kysely,
  );
  return rows.length > 0;
}
