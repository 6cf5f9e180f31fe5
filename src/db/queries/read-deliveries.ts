import { sql } from "kysely";
import type { Executor } from "../database.js";

export type DeliveryStatus = "pending" | "parked" | "sent" | "failed";

/** A delivery as admins see it. */
export interface DeliveryRow {
  id: number;
  stableId: string | null;
  channel: "socket" | "webhook" | "email";
  status: DeliveryStatus;
  webhookId: number | null;
  isReply: boolean;
  ticketId: number | null;
  conversationId: number | null;
  eventSeq: number | null;
  eventType: string | null;
  attempts: number;
  outOfOrder: boolean;
  /** It waits for one before it in its conversation; its own time is then nobody's. */
  behind: boolean;
  nextAttemptAt: Date | null;
  lastError: string | null;
  sentAt: Date | null;
  createdAt: Date;
}

export interface DeliveryFilters {
  status?: DeliveryStatus | undefined;
  channel?: DeliveryRow["channel"] | undefined;
  webhookId?: number | undefined;
  conversationId?: number | undefined;
}

const columns = sql`
  d.id, d.stable_id AS "stableId", d.channel,
  CASE WHEN d.status = 'pending' AND d.parked_at IS NOT NULL THEN 'parked' ELSE d.status END AS status,
  d.webhook_id AS "webhookId", d.message_id IS NOT NULL AS "isReply", d.ticket_id AS "ticketId",
  d.conversation_id AS "conversationId", d.event_seq AS "eventSeq", d.event_type AS "eventType", d.attempts,
  d.out_of_order AS "outOfOrder", d.behind,
  CASE WHEN d.status = 'pending' AND NOT d.behind THEN d.next_attempt_at END AS "nextAttemptAt",
  d.last_error AS "lastError", d.sent_at AS "sentAt", d.created_at AS "createdAt"`;

/** What a filter asks for, as a condition on `deliveries d`; each alone goes by an index of its own. */
export function deliveriesLike({ status, channel, webhookId, conversationId }: DeliveryFilters) {
  const parts = [sql`true`];
  if (status === "parked") parts.push(sql`d.status = 'pending' AND d.parked_at IS NOT NULL`);
  else if (status === "pending") parts.push(sql`d.status = 'pending' AND d.parked_at IS NULL`);
  else if (status === "failed") parts.push(sql`d.status = 'failed'`);
  else if (status === "sent") parts.push(sql`d.status = 'sent'`);
  if (channel === "email") parts.push(sql`d.channel = 'email'`);
  else if (channel !== undefined) parts.push(sql`d.channel = ${channel}`);
  if (webhookId !== undefined) parts.push(sql`d.webhook_id = ${webhookId}`);
  if (conversationId !== undefined) parts.push(sql`d.conversation_id = ${conversationId}`);
  return sql.join(parts, sql` AND `);
}

/** Deliveries, the newest first, before `beforeId`. */
export async function listDeliveries(
  db: Executor,
  { filters, beforeId, limit }: { filters: DeliveryFilters; beforeId: number | undefined; limit: number },
): Promise<DeliveryRow[]> {
  const { rows } = await sql<DeliveryRow>`
    SELECT ${columns} FROM deliveries d
    WHERE ${deliveriesLike(filters)} ${beforeId === undefined ? sql`` : sql`AND d.id < ${beforeId}`}
    ORDER BY d.id DESC LIMIT ${limit}`.execute(db);
  return rows;
}

/** One delivery, or null. */
export async function readDelivery(db: Executor, id: number): Promise<DeliveryRow | null> {
  const { rows } = await sql<DeliveryRow>`SELECT ${columns} FROM deliveries d WHERE d.id = ${id}`.execute(db);
  return rows[0] ?? null;
}

/** An attempt as it was kept. */
export interface AttemptRow {
  attempt: number;
  at: Date;
  durationMs: number;
  outcome: "sent" | "failed" | "refused";
  error: string | null;
  request: Record<string, unknown> | null;
  answer: Record<string, unknown> | null;
}

/** A delivery's attempts that are kept, the last first. */
export async function readAttempts(db: Executor, deliveryId: number): Promise<AttemptRow[]> {
  const { rows } = await sql<AttemptRow>`
    SELECT attempt, at, duration_ms AS "durationMs", outcome, error, request, answer
    FROM delivery_attempts WHERE delivery_id = ${deliveryId} ORDER BY attempt DESC LIMIT 10`.execute(db);
  return rows;
}
