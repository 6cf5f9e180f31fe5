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
  seq: number;
  conversationId: number;
  customerId: number | null;
  readSeq: number;
}

/** A reply and the way that was chosen for it. */
interface Routed {
  row: Row;
  route: ReplyRoute;
  requestId: string | null;
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
    const routed: Routed[] = (await lockDue(tx, ids, options)).map((row) => {
      return { row, route: chooseReplyRoute(row), requestId: ctx.requestOf?.(row.id) ?? ctx.requestId };
    });
    await writeRoutes(tx, routed, options);
    for (const { row, route } of routed) {
      counts[route.channel]++;
      // It was read before its way was known.
      if (route.channel !== "socket" || row.customerId === null || row.readSeq < row.seq) continue;
      const reader = { conversationId: row.conversationId, userId: row.customerId, seq: row.readSeq };
      await settleRead(tx, reader, ctx.requestId);
    }
    return counts;
  });
}

/**
 * Those of `ids` are found by their keys, by a prepared plan: they are asked for in a way that no index on what is pending
 * answers, because one that was made on a young desk would walk all of it.
 */
async function lockDue(tx: Tx, ids: readonly number[] | null, { mail }: RouteOptions): Promise<Row[]> {
  const which =
    ids === null
      ? sql`d.channel = 'socket' AND d.status = 'pending'`
      : sql`d.id = ANY(${[...ids]}::bigint[]) AND d.channel IN ('socket', '') AND d.status IN ('pending', '')`;
  const { rows } = await sql<Row>`
    ${ids === null ? sql`` : sql.raw("/* lock-said-replies */")}
    SELECT d.id, (SELECT m.seq FROM messages m WHERE m.id = d.message_id) AS seq, d.conversation_id AS "conversationId", cu.id AS "customerId",
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
    WHERE ${which} AND d.message_id IS NOT NULL AND d.next_attempt_at <= now()
    ORDER BY d.id LIMIT ${ids === null ? routeMax : ids.length} FOR UPDATE OF d SKIP LOCKED`.execute(tx);
  return rows;
}

/** What stays on the socket is due again when another way is to be taken, or never; the rest is due at once. */
async function writeRoutes(tx: Tx, routed: readonly Routed[], { readWithinMs }: RouteOptions): Promise<void> {
  if (routed.length === 0) return;
  const rows = routed.map(({ row, route, requestId }) => ({
    ...{ id: row.id, channel: route.channel, requestId },
    webhookId: route.channel === "webhook" ? route.webhookId : null,
    waitMs: route.channel !== "socket" ? 0 : route.fallback ? readWithinMs : null,
    tried: route.channel === "socket" && route.fallback,
  }));
  await sql`
    /* write-reply-routes */
    UPDATE deliveries d SET channel = v.channel, webhook_id = v.webhook_id,
      next_attempt_at = now() + v.wait_ms * interval '1 ms', tried_at = CASE WHEN v.tried THEN now() END,
      request_id = coalesce(d.request_id, v.request_id)
    FROM unnest(
      ${rows.map((r) => r.id)}::bigint[], ${rows.map((r) => r.channel)}::text[], ${rows.map((r) => r.webhookId)}::bigint[],
      ${rows.map((r) => r.waitMs)}::float8[], ${rows.map((r) => r.tried)}::boolean[], ${rows.map((r) => r.requestId)}::text[]
    ) AS v(id, channel, webhook_id, wait_ms, tried, request_id)
    WHERE d.id = v.id`.execute(tx);
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
