import { appendEvents } from "../db/outbox.js";
import { databaseNow, putBackToQueue } from "../db/queries/change-owner.js";
import { recordAssignment } from "../db/queries/claim-ticket.js";
import { requirePermission } from "../domain/policy.js";
import { dueAt } from "../domain/queue-order.js";
import { recordActForAnother } from "./audit.js";
import { type CommandContext, transact } from "./context.js";
import { requireOwnerOrAdmin, takeTicketInHand } from "./locked-ticket.js";
import { assignJob, versionEvents } from "./ticket-events.js";

/**
 * Gives an owned ticket back to the queue, its age kept. For its owner and admins. Throws `message_not_found`,
 * `already_closed`, `not_claimed`, `not_assigned_to_you`.
 */
export async function releaseTicket(ctx: CommandContext, input: { ticketId: number }): Promise<{ ticketId: number }> {
  requirePermission(ctx.actor, "message.release");
  return transact(ctx, async (tx) => {
    const inHand = await takeTicketInHand(tx, input.ticketId);
    requireOwnerOrAdmin(ctx.actor, inHand);
    const { ticket } = inHand;
    const fresh = dueAt(await databaseNow(tx), ticket.urgency ?? 0, ctx.limits.AGEING_HORIZON_HOURS);
    const version = await putBackToQueue(tx, ticket, fresh, null);
    await recordAssignment(tx, {
      ticketId: ticket.id,
      from: ticket.assigneeId,
      to: null,
      why: "release",
      version,
      requestId: ctx.requestId,
    });
    const was = { assigned_to: ticket.assigneeId };
    const changed = { ...ticket, status: "unassigned" as const, assigneeId: null, version };
    await appendEvents(tx, versionEvents(changed, null, "release", { was }, assignJob(ticket.id)), ctx.requestId);
    await recordActForAnother(tx, ctx, ticket.assigneeId, {
      action: "ticket.release",
      subject: { kind: "ticket", id: ticket.id },
      before: { assigned_to: ticket.assigneeId },
      after: { assigned_to: null, version },
    });
    return { ticketId: ticket.id };
  });
}
