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
    const routes = planRoutes(await lockTickets(tx, ticketIds), queues);
    if (routes.length === 0) return 0;
    await storeRoutes(tx, routes);
    await appendEvents(
      tx,
      routes.map(({ ticketId, event }) => ({ ...event, requestId: ctx.requestOf?.(ticketId) ?? null })),
      ctx.requestId,
    );
    return routes.length;
  });
  return { routed, skipped: ticketIds.length - routed };
}

/** A waiting ticket that is to go into a queue, and what is told of it: its event asks for assignment. */
export interface PlannedRoute {
  ticketId: number;
  queue: string;
  event: OutboxEvent;
}

/** Which of these tickets are to be routed, and where to. The caller has locked them, after it held the queues. */
export function planRoutes(locked: readonly TicketToUpdate[], queues: readonly QueueTopics[]): PlannedRoute[] {
  return locked.flatMap((ticket) => {
    const queue = queueFor(ticket.topic, queues);
    const due = ticket.status === "unassigned" && (ticket.routedAt === null || ticket.queue !== queue);
    if (!due) return [];
    const event = messageUpdate({ ...ticket, queue }, "routed", leftQueue(queue, ticket.queue), assignJob(ticket.id));
    return [{ ticketId: ticket.id, queue, event }];
  });
}

async function storeRoutes(tx: Tx, routes: readonly PlannedRoute[]): Promise<void> {
  await sql`
    /* update-routes */
    UPDATE tickets t SET queue = v.queue, routed_at = now(), updated_at = now()
    FROM unnest(${routes.map((r) => r.ticketId)}::bigint[], ${routes.map((r) => r.queue)}::text[]) AS v(id, queue)
    WHERE t.id = v.id`.execute(tx);
}

/** Most stay in `general`, where they began: then there is nothing to tell of before. */
function leftQueue(queue: string, from: string): UpdateExtra {
  return from === queue ? {} : { was: { queue: from } };
}
