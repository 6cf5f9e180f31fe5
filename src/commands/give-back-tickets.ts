import type { Tx } from "../db/database.js";
import { appendEvents } from "../db/outbox.js";
import { databaseNow } from "../db/queries/change-owner.js";
import type { LockedAgent } from "../db/queries/lock-agent.js";
import { type HeldChoice, lockHeldTickets, putBackTickets } from "../db/queries/put-back-tickets.js";
import { dueAt } from "../domain/queue-order.js";
import type { StageContext } from "./context.js";
import { assignJob, versionEvents } from "./ticket-events.js";

/** Events of one INSERT: a statement takes 65,535 parameters. */
const eventsMax = 5000;

/**
 * Gives an agent's tickets back to the queue in the caller's transaction, which has locked the agent's row. `all`
 * includes snoozed ones; `unanswered` is what the lease takes: see HeldChoice. Unanswered ones keep their age, answered
 * ones start it anew; nobody is preferred for them. Each is in its history with `why`, is announced, and asks for the
 * stage `assign`. Returns how many there were.
 */
export async function giveBackTickets(
  tx: Tx,
  ctx: Pick<StageContext, "limits" | "requestId">,
  agent: Pick<LockedAgent, "id">,
  input: { only: HeldChoice; why: string },
): Promise<number> {
  const { limits, requestId } = ctx;
  const held = await lockHeldTickets(tx, agent.id, input.only);
  if (held.length === 0) return 0;
  const now = await databaseNow(tx);
  const tickets = held.map((ticket) => ({
    ...ticket,
    freshDueAt: dueAt(now, ticket.urgency ?? 0, limits.AGEING_HORIZON_HOURS),
  }));
  const back = await putBackTickets(tx, agent.id, tickets, { why: input.why, requestId });
  const was = { assigned_to: agent.id };
  const events = back.flatMap((ticket) =>
    versionEvents(
      { ...ticket, status: "unassigned", assigneeId: null },
      null,
      input.why,
      { was },
      assignJob(ticket.id),
    ),
  );
  for (let start = 0; start < events.length; start += eventsMax) {
    await appendEvents(tx, events.slice(start, start + eventsMax), requestId);
  }
  return back.length;
}
