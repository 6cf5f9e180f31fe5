import { sql } from "kysely";
import { appendEvents } from "../db/outbox.js";
import { requirePermission } from "../domain/policy.js";
import { dueAt } from "../domain/queue-order.js";
import type { UrgencyLevel } from "../domain/ticket.js";
import { scoreFloorOf } from "../urgency/level.js";
import { recordAudit } from "./audit.js";
import { type CommandContext, transact } from "./context.js";
import { takeTicketInHand } from "./locked-ticket.js";
import { messageUpdate } from "./ticket-events.js";

const correctedBy = "person";

/**
 * Puts a ticket at the level that a person says it has: the correction is kept as a label for training, and `due_at`
 * moves to where the lowest score of that level belongs. Throws `message_not_found`, `already_closed` when its customer was erased.
 */
export async function correctUrgency(
  ctx: CommandContext,
  input: { ticketId: number; level: UrgencyLevel; reason: string },
): Promise<{ ticketId: number }> {
  requirePermission(ctx.actor, "message.correct");
  return transact(ctx, async (tx) => {
    const { ticket } = await takeTicketInHand(tx, input.ticketId);
    const current = await tx
      .selectFrom("tickets")
      .select(["opening_message_id", "urgency_level", "topic"])
      .where("id", "=", ticket.id)
      .executeTakeFirstOrThrow();
    await tx
      .insertInto("urgency_labels")
      .values({
        message_id: current.opening_message_id,
        level: input.level,
        reason: input.reason,
        user_id: ctx.actor.id,
      })
      .execute();
    await recordAudit(tx, ctx, {
      action: "ticket.urgency",
      subject: { kind: "ticket", id: ticket.id },
      before: { level: current.urgency_level },
      after: { level: input.level },
    });
    if (current.urgency_level === input.level) return { ticketId: ticket.id };
    const score = scoreFloorOf(input.level);
    const since = ticket.firstUnansweredAt;
    const due = since ? dueAt(since, score, ctx.limits.AGEING_HORIZON_HOURS) : ticket.dueAt;
    await tx
      .updateTable("tickets")
      .set({ urgency: score, urgency_level: input.level, due_at: due, updated_at: sql<Date>`now()` })
      .where("id", "=", ticket.id)
      .execute();
    const urgency = { score, level: input.level, topic: current.topic ?? "other", model: correctedBy };
    const event = messageUpdate(ticket, "urgency_corrected", { urgency, due_at: due.toISOString() });
    await appendEvents(tx, [event], ctx.requestId);
    return { ticketId: ticket.id };
  });
}
