import { sql } from "kysely";
import type { Tx } from "../db/database.js";
import { appendEvents, type OutboxEvent } from "../db/outbox.js";
import { holdQueues, type QueueTopics } from "../db/queries/queues-lock.js";
import { lockTickets, type TicketToUpdate } from "../db/queries/store-scores.js";
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
    const events = await routeInTransaction(tx, await lockTickets(tx, ticketIds), queues);
    if (events.length === 0) return 0;
    await appendEvents(
      tx,
      events.map(({ ticketId, event }) => ({ ...event, requestId: ctx.requestOf?.(ticketId) ?? null })),
      ctx.requestId,
    );
    return events.length;
  });
  return { routed, skipped: ticketIds.length - routed };
}

/**
 * The same for tickets that the caller has locked, after it held the queues. Returns what is to be told of each that was
 * routed: its event asks for assignment.
 */
export async function routeInTransaction(
  tx: Tx,
  locked: readonly TicketToUpdate[],
  queues: readonly QueueTopics[],
): Promise<{ ticketId: number; event: OutboxEvent }[]> {
  const tickets = locked.flatMap((ticket) => {
    const queue = queueFor(ticket.topic, queues);
    const due = ticket.status === "unassigned" && (ticket.routedAt === null || ticket.queue !== queue);
    return due ? [{ ...ticket, queue, from: ticket.queue }] : [];
  });
  if (tickets.length === 0) return [];
  await sql`
    /* update-routes */
    UPDATE tickets t SET queue = v.queue, routed_at = now(), updated_at = now()
    FROM unnest(${tickets.map((t) => t.id)}::bigint[], ${tickets.map((t) => t.queue)}::text[]) AS v(id, queue)
    WHERE t.id = v.id`.execute(tx);
  return tickets.map((ticket) => ({
    ticketId: ticket.id,
    event: messageUpdate(ticket, "routed", leftQueue(ticket), assignJob(ticket.id)),
  }));
}

/** Most stay in `general`, where they began: then there is nothing to tell of before. */
function leftQueue({ queue, from }: { queue: string; from: string }): UpdateExtra {
  return from === queue ? {} : { was: { queue: from } };
}
