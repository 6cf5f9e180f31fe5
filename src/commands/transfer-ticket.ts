import { appendEvents } from "../db/outbox.js";
import { giveToAgent } from "../db/queries/change-owner.js";
import { recordAssignment } from "../db/queries/claim-ticket.js";
import { countHeld, lockAgent } from "../db/queries/lock-agent.js";
import { conversationOf } from "../db/queries/lock-ticket.js";
import { Refusal } from "../domain/errors.js";
import { requirePermission } from "../domain/policy.js";
import { recordActForAnother } from "./audit.js";
import { type CommandContext, transact } from "./context.js";
import { requireOwnerOrAdmin, takeTicketInHand } from "./locked-ticket.js";
import { assignJob, versionEvents } from "./ticket-events.js";

/**
 * Gives an owned ticket to another agent, its age kept; the receiver is locked and counted as in a claim, so that its
 * capacity holds (I2). For its owner and admins. Throws `message_not_found`, `agent_not_found`, `already_closed`,
 * `not_claimed`, `not_assigned_to_you`, `at_capacity`.
 */
export async function transferTicket(
  ctx: CommandContext,
  input: { ticketId: number; toAgentId: number },
): Promise<{ ticketId: number }> {
  requirePermission(ctx.actor, "message.transfer");
  return transact(ctx, async (tx) => {
    const receiver = await lockAgent(tx, input.toAgentId);
    if (!receiver) {
      if ((await conversationOf(tx, input.ticketId)) === null) {
        throw new Refusal("message_not_found", "There is no such message.");
      }
      throw new Refusal("agent_not_found", "There is no such agent.");
    }
    const inHand = await takeTicketInHand(tx, input.ticketId);
    requireOwnerOrAdmin(ctx.actor, inHand);
    const { ticket } = inHand;
    if (ticket.assigneeId === receiver.id) return { ticketId: ticket.id };
    const held = await countHeld(tx, receiver.id);
    if (held >= receiver.capacity) {
      throw new Refusal("at_capacity", `${receiver.name} holds ${held} of at most ${receiver.capacity} messages.`, {
        held,
        capacity: receiver.capacity,
      });
    }
    const version = await giveToAgent(tx, ticket, receiver.id);
    await recordAssignment(tx, {
      ticketId: ticket.id,
      from: ticket.assigneeId,
      to: receiver.id,
      why: "transfer",
      version,
      requestId: ctx.requestId,
    });
    const changed = { ...ticket, assigneeId: receiver.id, version };
    const extra = { was: { assigned_to: ticket.assigneeId } };
    const events = versionEvents(changed, receiver.name, "transfer", extra, assignJob(ticket.id));
    await appendEvents(tx, events, ctx.requestId);
    await recordActForAnother(tx, ctx, ticket.assigneeId, {
      action: "ticket.transfer",
      subject: { kind: "ticket", id: ticket.id },
      before: { assigned_to: ticket.assigneeId },
      after: { assigned_to: receiver.id, version },
    });
    return { ticketId: ticket.id };
  });
}
