import { sql } from "kysely";
import type { Tx } from "../db/database.js";
import { type DeliveryFilters, deliveriesLike } from "../db/queries/read-deliveries.js";
import { Refusal } from "../domain/errors.js";
import { requirePermission } from "../domain/policy.js";
import { recordAudit } from "./audit.js";
import { type CommandContext, transact } from "./context.js";

/**
 * A dead letter, or one that is parked, is due again and has its tries anew. It holds back nobody: what came after it in
 * its conversation has gone, and it says so itself. What was to be said and was taken back or erased stays dead.
 */
const again = sql`
  SET status = 'pending', tries = 0, tried_at = NULL, next_attempt_at = now(), last_error = NULL,
      parked_at = CASE WHEN d.conversation_id IS NOT NULL THEN coalesce(d.parked_at, now()) END`;
const retriable = sql`
  d.channel <> 'socket' AND (d.status = 'failed' OR (d.status = 'pending' AND d.parked_at IS NOT NULL))
  AND (d.message_id IS NULL OR EXISTS (SELECT FROM messages m JOIN conversations c ON c.id = m.conversation_id
                                       WHERE m.id = d.message_id AND m.deleted_at IS NULL AND c.erased_at IS NULL))
  AND NOT (d.channel = 'webhook' AND d.webhook_id IS NULL)`;

/** Retries one. For admins. Throws `delivery_not_found`, `not_retriable`. */
export async function retryDelivery(ctx: CommandContext, input: { id: number }): Promise<void> {
  requirePermission(ctx.actor, "delivery.retry");
  await transact(ctx, async (tx) => {
    const { rows } = await sql<{ status: string }>`
      SELECT status FROM deliveries WHERE id = ${input.id} FOR UPDATE`.execute(tx);
    const [row] = rows;
    if (!row) throw new Refusal("delivery_not_found", "There is no such delivery.");
    const done = await sql`UPDATE deliveries d ${again} WHERE d.id = ${input.id} AND ${retriable} RETURNING 1`.execute(
      tx,
    );
    if (done.rows.length === 0) {
      const why = row.status === "failed" ? "What it said is not there any more." : "It is neither dead nor parked.";
      throw new Refusal("not_retriable", why, { delivery_status: row.status });
    }
    await recordAudit(tx, ctx, { action: "delivery.retry", subject: { kind: "delivery", id: input.id } });
  });
}

/** Deliveries that one transaction retries at most. */
const batch = 1000;

/** Retries all dead letters that a filter asks for, in batches. Returns how many. For admins. */
export async function retryDeliveries(ctx: CommandContext, filters: Omit<DeliveryFilters, "status">): Promise<number> {
  requirePermission(ctx.actor, "delivery.retry");
  let retried = 0;
  for (;;) {
    const count = await transact(ctx, (tx) => retryBatch(tx, ctx, filters));
    retried += count;
    if (count < batch) return retried;
  }
}

async function retryBatch(tx: Tx, ctx: CommandContext, filters: Omit<DeliveryFilters, "status">): Promise<number> {
  const { rows } = await sql<{ id: number }>`
    UPDATE deliveries d ${again} WHERE d.id = ANY(ARRAY(
      SELECT d.id FROM deliveries d WHERE ${deliveriesLike({ ...filters, status: "failed" })} AND ${retriable}
      ORDER BY d.id LIMIT ${batch} FOR UPDATE OF d))
    RETURNING d.id`.execute(tx);
  if (rows.length > 0) {
    const after = { ...filters, retried: rows.length };
    await recordAudit(tx, ctx, { action: "delivery.retry", subject: { kind: "delivery", id: null }, after });
  }
  return rows.length;
}
