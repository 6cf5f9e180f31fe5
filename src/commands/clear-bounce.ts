import { sql } from "kysely";
import { takeBounce } from "../db/queries/bounces.js";
import { Refusal } from "../domain/errors.js";
import { requirePermission } from "../domain/policy.js";
import { recordAudit } from "./audit.js";
import { type CommandContext, transact } from "./context.js";

/**
 * A customer's address takes mail again, as far as anybody knows: the mark of its bounce goes, and replies that were said
 * since it bounced, and wait on the stream, are given another look: mail is a way again. What died at it is a dead letter,
 * for `retryDelivery`. An address without a mark stays as it is. Throws `customer_not_found`, for one that was erased too.
 */
export async function clearBounce(ctx: CommandContext, { customerId }: { customerId: number }): Promise<void> {
  requirePermission(ctx.actor, "customer.update");
  await transact(ctx, async (tx) => {
    const customer = await tx
      .selectFrom("customers")
      .select("email")
      .where("id", "=", customerId)
      .where("erased_at", "is", null)
      .forNoKeyUpdate()
      .executeTakeFirst();
    if (!customer) throw new Refusal("customer_not_found", "There is no such customer.");
    const bouncedAt = customer.email === null ? null : await takeBounce(tx, customer.email);
    if (!bouncedAt) return;
    await sql`
      UPDATE deliveries SET next_attempt_at = now() WHERE id = ANY(ARRAY(
        SELECT d.id FROM deliveries d
        JOIN conversations c ON c.id = d.conversation_id LEFT JOIN tickets t ON t.id = d.ticket_id
        WHERE d.channel = 'socket' AND d.status = 'pending' AND d.next_attempt_at IS NULL AND d.created_at >= ${bouncedAt}
          AND coalesce(t.customer_id, c.created_by) = ${customerId} ORDER BY d.id FOR UPDATE OF d))`.execute(tx);
    await recordAudit(tx, ctx, { action: "customer.clear_bounce", subject: { kind: "customer", id: customerId } });
  });
}
