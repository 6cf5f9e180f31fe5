import type { Tx } from "../db/database.js";
import { appendEvents } from "../db/outbox.js";
import { databaseNow, putBackToQueue } from "../db/queries/change-owner.js";
import { recordAssignment } from "../db/queries/claim-ticket.js";
import { Refusal } from "../domain/errors.js";
import { requirePermission } from "../domain/policy.js";
import { dueAt } from "../domain/queue-order.js";
import { recordActForAnother } from "./audit.js";
import { type CommandContext, transact } from "./context.js";
import { takeTicketInHand } from "./locked-ticket.js";
import { assignJob, versionEvents } from "./ticket-events.js";

/**
 * Opens a closed ticket again: it waits, its age starts now, and its last agent is offered it first. For its last owner
 * and admins. Throws `message_not_found`, `not_closed`, `not_assigned_to_you`, `conversation_busy` when a newer
 * ticket of the same conversation is open, and `already_closed` for good when its customer was erased.
 */
export async function reopenTicket(ctx: CommandContext, input: { ticketId: number }): Promise<{ ticketId: number }> {
  requirePermission(ctx.actor, "message.reopen");
  return transact(ctx, async (tx) => {
    const { ticket, ownerName } = await takeTicketInHand(tx, input.ticketId);
    if (ticket.status !== "closed") throw new Refusal("not_closed", "This message is not closed.");
    if (ctx.actor.role === "agent" && ticket.assigneeId !== ctx.actor.id) {
      throw new Refusal("not_assigned_to_you", "Another agent closed this message.", { by: ownerName ?? "" });
    }
    const open = await openTicketOf(tx, ticket.conversationId);
    if (open !== null) {
      throw new Refusal("conversation_busy", `Message ${open} of the same conversation is open.`, { message_id: open });
    }
    const now = await databaseNow(tx);
    const fresh = dueAt(now, ticket.urgency ?? 0, ctx.limits.AGEING_HORIZON_HOURS);
    const version = await putBackToQueue(tx, { ...ticket, firstUnansweredAt: null }, fresh, ticket.assigneeId);
    const history = { ticketId: ticket.id, from: null, to: null, why: "reopen", version };
    await recordAssignment(tx, { ...history, requestId: ctx.requestId });
    const changed = { ...ticket, status: "unassigned" as const, assigneeId: null, version };
    const extra = { due_at: fresh.toISOString(), was: { assigned_to: ticket.assigneeId } };
    await appendEvents(tx, versionEvents(changed, null, "reopen", extra, assignJob(ticket.id)), ctx.requestId);
    await recordActForAnother(tx, ctx, ticket.assigneeId, {
      action: "ticket.reopen",
      subject: { kind: "ticket", id: ticket.id },
      before: { status: "closed", assigned_to: ticket.assigneeId },
      after: { status: "unassigned", assigned_to: null, version },
    });
    return { ticketId: ticket.id };
  });
}

/** The conversation's ticket that is not closed, if there is one; the caller holds the conversation's lock. */
export async function openTicketOf(tx: Tx, conversationId: number): Promise<number | null> {
  const row = await tx
    .selectFrom("tickets")
    .select("id")
    .where("conversation_id", "=", conversationId)
    .where("status", "<>", "closed")
    .executeTakeFirst();
  return row?.id ?? null;
}
