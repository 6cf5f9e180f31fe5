import { sql } from "kysely";
import type { Tx } from "../db/database.js";
import { appendEvents } from "../db/outbox.js";
import { databaseNow, putBackToQueue } from "../db/queries/change-owner.js";
import { recordAssignment } from "../db/queries/claim-ticket.js";
import { countHeld, lockAgent } from "../db/queries/lock-agent.js";
import { lockTicketInHand } from "../db/queries/lock-ticket.js";
import { dueAt } from "../domain/queue-order.js";
import { type StageContext, transact } from "./context.js";
import { assignJob, messageUpdate, versionEvents } from "./ticket-events.js";

/**
 * Wakes tickets whose snooze is over, at most `limit`: each stays with its owner if there is room, else it waits again
 * with its age kept (DESIGN.md 7). Returns how many were woken.
 */
export async function wakeSnoozed(ctx: StageContext, limit: number): Promise<number> {
  const due = await ctx.db.kysely
    .selectFrom("tickets")
    .select(["id", "assignee_id as assigneeId"])
    .where("snoozed_until", "<=", sql<Date>`now()`)
    .where("status", "=", "in_progress")
    .orderBy("snoozed_until")
    .limit(limit)
    .execute();
  let woken = 0;
  for (const { id, assigneeId } of due) {
    if (assigneeId !== null && (await transact(ctx, (tx) => wakeOne(tx, ctx, id, assigneeId)))) woken++;
  }
  return woken;
}

/** The agent is locked first; a ticket that changed hands meanwhile is left to the next round. */
async function wakeOne(tx: Tx, ctx: StageContext, ticketId: number, assigneeId: number): Promise<boolean> {
  const agent = await lockAgent(tx, assigneeId);
  const inHand = await lockTicketInHand(tx, ticketId);
  // Deleted since it was found to be due: nobody's to wake, and no reason to leave the others asleep.
  if (!inHand) return false;
  const { ticket } = inHand;
  const now = await databaseNow(tx);
  const isDue = ticket.snoozedUntil !== null && ticket.snoozedUntil <= now && ticket.status === "in_progress";
  if (!agent || !isDue || ticket.assigneeId !== assigneeId) return false;
  if ((await countHeld(tx, agent.id)) < agent.capacity) {
    await tx.updateTable("tickets").set({ snoozed_until: null, updated_at: now }).where("id", "=", ticketId).execute();
    await appendEvents(tx, [messageUpdate(ticket, "wake")], ctx.requestId);
    return true;
  }
  const fresh = dueAt(now, ticket.urgency ?? 0, ctx.limits.AGEING_HORIZON_HOURS);
  const version = await putBackToQueue(tx, ticket, fresh, assigneeId);
  const history = { ticketId, from: assigneeId, to: null, why: "wake", version };
  await recordAssignment(tx, { ...history, requestId: ctx.requestId });
  const changed = { ...ticket, status: "unassigned" as const, assigneeId: null, version };
  const was = { assigned_to: assigneeId };
  await appendEvents(tx, versionEvents(changed, null, "wake", { was }, assignJob(ticketId)), ctx.requestId);
  return true;
}
