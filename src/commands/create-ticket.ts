import { randomUUID } from "node:crypto";
import { storeMessages } from "../db/queries/store-messages.js";
import { inClientTransaction } from "../db/transaction.js";
import { requirePermission } from "../domain/policy.js";
import { dueAt } from "../domain/queue-order.js";
import type { UrgencyLevel } from "../domain/ticket.js";
import { invariant } from "../runtime/invariant.js";
import { scoreFloorOf } from "../urgency/level.js";
import { recordAuditOn } from "./audit.js";
import type { CommandContext } from "./context.js";

export interface NewTicket {
  title: string;
  description: string;
  /** The customer's outside id; without one it has a customer of its own, `ticket-<uuid>`. */
  userId?: string | undefined;
  /** The least level that it has, whatever its text says. */
  priority?: UrgencyLevel | null | undefined;
}

/**
 * Opens a ticket as an admin writes it: what a customer's message opens, stored by the very same statement, with a title
 * and perhaps a floor, which `due_at` keeps to before there is a score. It is scored, routed and assigned like any other.
 */
export async function createTicket(ctx: CommandContext, input: NewTicket): Promise<{ ticketId: number }> {
  requirePermission(ctx.actor, "ticket.write");
  const { title, description, userId = `ticket-${randomUUID()}`, priority = null } = input;
  const horizonHours = ctx.limits.AGEING_HORIZON_HOURS;
  const intakeId = randomUUID();
  const message = { intakeId, userId, body: description, channel: "admin", requestId: ctx.requestId };
  const ticketId = await inClientTransaction(ctx.db, async (client) => {
    const stored = (await storeMessages(client, [message], horizonHours)).get(intakeId);
    invariant(stored, "a message that was just stored is there");
    await client.query("UPDATE conversations SET title = $1 WHERE id = $2", [title, stored.conversationId]);
    if (priority !== null) {
      const due = dueAt(stored.createdAt, scoreFloorOf(priority), horizonHours);
      const values = [priority, due.toISOString(), stored.ticketId];
      await client.query("UPDATE tickets SET level_floor = $1, due_at = $2 WHERE id = $3", values);
    }
    await recordAuditOn(client, ctx, {
      action: "ticket.create",
      subject: { kind: "ticket", id: stored.ticketId },
      after: { customer_id: stored.customer.id, priority },
    });
    return stored.ticketId;
  });
  ctx.wake();
  return { ticketId };
}
