import type { Tx } from "../db/database.js";
import { databaseNow } from "../db/queries/change-owner.js";
import { dueAt } from "../domain/queue-order.js";
import type { CommandContext } from "./context.js";

/** A ticket on a conversation that the caller has locked and that has no open one. */
export interface TicketToOpen {
  conversationId: number;
  customerId: number;
  /** The customer's message that it is about. */
  openingMessageId: number;
  /** seq of the customer's latest message: the ticket is scored when that one is. */
  customerSeq: number;
}

/** Opens a ticket, `unassigned` and due by its age alone until it is scored, and counts it on its customer. */
export async function openTicketInTransaction(
  tx: Tx,
  ctx: Pick<CommandContext, "limits">,
  input: TicketToOpen,
): Promise<{ ticketId: number; userId: string; createdAt: string }> {
  const now = await databaseNow(tx);
  const row = await tx
    .insertInto("tickets")
    .values({
      conversation_id: input.conversationId,
      customer_id: input.customerId,
      opening_message_id: input.openingMessageId,
      customer_seq: input.customerSeq,
      due_at: dueAt(now, 0, ctx.limits.AGEING_HORIZON_HOURS),
      first_unanswered_at: now,
    })
    .returning(["id", "created_at"])
    .executeTakeFirstOrThrow();
  const customer = await tx
    .updateTable("customers")
    .set((eb) => ({ open_tickets: eb("open_tickets", "+", 1), total_tickets: eb("total_tickets", "+", 1) }))
    .where("id", "=", input.customerId)
    .returning("user_id")
    .executeTakeFirstOrThrow();
  return { ticketId: row.id, userId: customer.user_id, createdAt: row.created_at.toISOString() };
}
