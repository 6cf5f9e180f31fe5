import { sql } from "kysely";
import { appendEvents } from "../db/outbox.js";
import { databaseNow } from "../db/queries/change-owner.js";
import { Refusal } from "../domain/errors.js";
import { requirePermission } from "../domain/policy.js";
import { recordActForAnother } from "./audit.js";
import { type CommandContext, transact } from "./context.js";
import { requireOwnerOrAdmin, takeTicketInHand } from "./locked-ticket.js";
import { assignJob, messageUpdate } from "./ticket-events.js";

const longestDays = 365;

/**
 * Puts an owned ticket aside until a time to come: it stays owned and does not count against the capacity. Status and
 * owner stay, so the version does too. Throws as `releaseTicket`, and `invalid_body` for a time that is past or more
 * than a year ahead.
 */
export async function snoozeTicket(
  ctx: CommandContext,
  input: { ticketId: number; until: Date },
): Promise<{ ticketId: number }> {
  requirePermission(ctx.actor, "message.snooze");
  return transact(ctx, async (tx) => {
    const inHand = await takeTicketInHand(tx, input.ticketId);
    requireOwnerOrAdmin(ctx.actor, inHand);
    const now = (await databaseNow(tx)).getTime();
    const until = input.until.getTime();
    if (!(until > now && until < now + longestDays * 86_400_000)) {
      throw new Refusal("invalid_body", "until must be a time to come, at most a year ahead.", {
        errors: [{ path: "body.until", message: "must be in the future, at most a year ahead" }],
      });
    }
    await tx
      .updateTable("tickets")
      .set({ snoozed_until: input.until, updated_at: sql<Date>`now()` })
      .where("id", "=", input.ticketId)
      .execute();
    await appendEvents(tx, [messageUpdate(inHand.ticket, "snooze", {}, assignJob(input.ticketId))], ctx.requestId);
    await recordActForAnother(tx, ctx, inHand.ticket.assigneeId, {
      action: "ticket.snooze",
      subject: { kind: "ticket", id: input.ticketId },
      before: { snoozed_until: inHand.ticket.snoozedUntil },
      after: { snoozed_until: input.until },
    });
    return { ticketId: input.ticketId };
  });
}
