import { sql } from "kysely";
import { appendEvents } from "../db/outbox.js";
import { holdQueues } from "../db/queries/queues-lock.js";
import { lockTickets } from "../db/queries/store-scores.js";
import { queueFor } from "../domain/routing.js";
import { type StageContext, transact } from "./context.js";
import { assignJob, messageUpdate, type UpdateExtra } from "./ticket-events.js";

/**
 * Puts waiting tickets into the queue that serves their topic. Compare-and-set: only what is `unassigned`, and only
 * where it is not routed yet or the queue is another one now. Twice is harmless.
 */
export async function routeTickets(
  ctx: StageContext,
  ticketIds: readonly number[],
): Promise<{ routed: number; skipped: number }> {
  const routed = await transact(ctx, async (tx) => {
    const queues = await holdQueues(tx);
    const tickets = (await lockTickets(tx, ticketIds)).flatMap((ticket) => {
      const queue = queueFor(ticket.topic, queues);
      const due = ticket.status === "unassigned" && (ticket.routedAt === null || ticket.queue !== queue);
      return due ? [{ ...ticket, queue, from: ticket.queue }] : [];
    });
    if (tickets.length === 0) return 0;
    await sql`
      /* update-routes */
      UPDATE tickets t SET queue = v.queue, routed_at = now(), updated_at = now()
      FROM unnest(${tickets.map((t) => t.id)}::bigint[], ${tickets.map((t) => t.queue)}::text[]) AS v(id, queue)
      WHERE t.id = v.id`.execute(tx);
    await appendEvents(
      tx,
      tickets.map((ticket) => ({
        ...messageUpdate(ticket, "routed", leftQueue(ticket), assignJob(ticket.id)),
        requestId: ctx.requestOf?.(ticket.id) ?? null,
      })),
      ctx.requestId,
    );
    return tickets.length;
  });
  return { routed, skipped: ticketIds.length - routed };
}

/** Most stay in `general`, where they began: then there is nothing to tell of before. */
function leftQueue({ queue, from }: { queue: string; from: string }): UpdateExtra {
  return from === queue ? {} : { was: { queue: from } };
}
