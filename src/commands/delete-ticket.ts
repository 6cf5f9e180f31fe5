import { agentsStream } from "../contract/events.js";
import { appendEvents, outboxEvent } from "../db/outbox.js";
import { requirePermission } from "../domain/policy.js";
import { recordAudit } from "./audit.js";
import { type CommandContext, transact } from "./context.js";
import { takeAnyTicketInHand } from "./locked-ticket.js";
import { assignJob } from "./ticket-events.js";

/**
 * Removes a ticket and all that was said about it; of a conversation that had other tickets only the ticket. All who
 * watch are told, its assignee among them, and what it held of a capacity is free again. Its conversation and its row
 * are locked, so that it is given to somebody before this, who then has it no more, or not at all. For admins. Throws
 * `ticket_not_found`.
 */
export async function deleteTicket(ctx: CommandContext, input: { ticketId: number }): Promise<void> {
  requirePermission(ctx.actor, "ticket.write");
  await transact(ctx, async (tx) => {
    const { ticket, conversation } = await takeAnyTicketInHand(tx, input.ticketId, "ticket");
    const other = await tx
      .selectFrom("tickets")
      .select("id")
      .where("conversation_id", "=", conversation.id)
      .where("id", "<>", ticket.id)
      .limit(1)
      .executeTakeFirst();
    if (other) await tx.deleteFrom("tickets").where("id", "=", ticket.id).execute();
    else await tx.deleteFrom("conversations").where("id", "=", conversation.id).execute();
    const event = outboxEvent({
      stream: agentsStream,
      type: "message_deleted",
      payload: { message_id: ticket.id, queue: ticket.queue, assigned_to: ticket.assigneeId },
      ...(ticket.status === "in_progress" ? { job: assignJob(ticket.id) } : {}),
    });
    await appendEvents(tx, [event], ctx.requestId);
    const { customerId: customer_id, conversationId: conversation_id, status, assigneeId: assigned_to } = ticket;
    await recordAudit(tx, ctx, {
      action: "ticket.delete",
      subject: { kind: "ticket", id: ticket.id },
      before: { customer_id, conversation_id, status, assigned_to, version: ticket.version },
    });
  });
}
