import { sql } from "kysely";
import type { Executor } from "../db/database.js";
import { appendEvents } from "../db/outbox.js";
import { type StageContext, transact } from "./context.js";
import { messageUpdate } from "./ticket-events.js";

/** A reply on its way to the customer. */
export interface PendingDelivery {
  id: number;
  messageId: number;
  conversationId: number;
  ticketId: number | null;
  channel: "socket" | "webhook" | "email";
  attempts: number;
  text: string;
}

export type DeliveryOutcome = { kind: "sent" } | { kind: "failed"; error: string; retryAt: Date | null };

/** The deliveries of these ids that are still pending, in order. */
export async function readDeliveries(db: Executor, ids: readonly number[]): Promise<PendingDelivery[]> {
  return db
    .selectFrom("deliveries as d")
    .innerJoin("messages as m", "m.id", "d.message_id")
    .select([
      "d.id",
      "d.message_id as messageId",
      "d.conversation_id as conversationId",
      "d.ticket_id as ticketId",
      "d.channel",
      "d.attempts",
      "m.text",
    ])
    .where("d.id", "in", ids.length > 0 ? [...ids] : [-1])
    .where("d.status", "=", "pending")
    .orderBy("d.id")
    .execute();
}

/**
 * Records as sent, in one transaction, what a channel takes without fail; told to the agents. Those that are settled
 * already stay as they are. Returns how many were recorded.
 */
export async function recordSent(ctx: StageContext, deliveryIds: readonly number[]): Promise<number> {
  if (deliveryIds.length === 0) return 0;
  return transact(ctx, async (tx) => {
    const { rows } = await sql<{ id: number; ticketId: number | null }>`
      /* record-sent */
      UPDATE deliveries SET attempts = attempts + 1, status = 'sent', sent_at = now(), last_error = NULL
      WHERE id IN (SELECT id FROM deliveries WHERE id = ANY(${[...deliveryIds]}::bigint[]) AND status = 'pending'
                   ORDER BY id FOR UPDATE)
      RETURNING id, ticket_id AS "ticketId"`.execute(tx);
    const tickets = await tx
      .selectFrom("tickets")
      .select(["id", "conversation_id as conversationId", "status", "queue", "assignee_id as assigneeId", "version"])
      .where("id", "in", [-1, ...rows.flatMap((row) => row.ticketId ?? [])])
      .orderBy("id")
      .forNoKeyUpdate()
      .execute();
    const events = rows.flatMap(({ id, ticketId }) => {
      const ticket = tickets.find((each) => each.id === ticketId);
      return ticket ? [{ ...messageUpdate(ticket, "delivered"), requestId: ctx.requestOf?.(id) ?? null }] : [];
    });
    await appendEvents(tx, events, ctx.requestId);
    return rows.length;
  });
}

/**
 * Records what an attempt came to: sent, failed and to be tried again at `retryAt`, or failed for good. Told to the
 * agents when it is settled. A delivery that is settled already stays as it is: false.
 */
export async function recordDelivery(
  ctx: StageContext,
  deliveryId: number,
  outcome: DeliveryOutcome,
): Promise<boolean> {
  return transact(ctx, async (tx) => {
    const retry = outcome.kind === "failed" ? outcome.retryAt : null;
    const row = await tx
      .updateTable("deliveries")
      .set({
        attempts: sql<number>`attempts + 1`,
        ...(outcome.kind === "sent"
          ? { status: "sent" as const, sent_at: sql<Date>`now()`, last_error: null }
          : { status: retry ? ("pending" as const) : ("failed" as const), last_error: outcome.error.slice(0, 1000) }),
        ...(retry ? { next_attempt_at: retry } : {}),
      })
      .where("id", "=", deliveryId)
      .where("status", "=", "pending")
      .returning("ticket_id")
      .executeTakeFirst();
    if (!row) return false;
    if (row.ticket_id === null || retry) return true;
    const ticket = await tx
      .selectFrom("tickets")
      .select(["id", "conversation_id as conversationId", "status", "queue", "assignee_id as assigneeId", "version"])
      .where("id", "=", row.ticket_id)
      .forNoKeyUpdate()
      .executeTakeFirst();
    if (!ticket) return true;
    const reason = outcome.kind === "sent" ? "delivered" : "delivery_failed";
    await appendEvents(tx, [messageUpdate(ticket, reason)], ctx.requestId);
    return true;
  });
}
