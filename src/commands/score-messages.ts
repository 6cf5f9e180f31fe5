import { sql } from "kysely";
import type { Tx } from "../db/database.js";
import { appendEvents, type OutboxEvent } from "../db/outbox.js";
import { holdQueues } from "../db/queries/queues-lock.js";
import { type MessageToScore, readMessagesToScore } from "../db/queries/read-unscored.js";
import {
  insertScores,
  lockTickets,
  type TicketScore,
  type TicketToUpdate,
  updateTicketScores,
} from "../db/queries/store-scores.js";
import { dueAt } from "../domain/queue-order.js";
import { scoreBurst } from "../urgency/burst.js";
import { levelOf, scoreFloorOf } from "../urgency/level.js";
import type { UrgencyScore } from "../urgency/score.js";
import { type StageContext, transact } from "./context.js";
import { type PlannedRoute, planRoutes } from "./route-tickets.js";
import { messageUpdate } from "./ticket-events.js";

type Scored = MessageToScore & { result: UrgencyScore };

/** What a ticket is to become by the score of its latest message. */
interface Change {
  ticket: TicketToUpdate;
  score: Omit<TicketScore, "routeTo">;
  model: string;
  messageId: number;
}

/**
 * Scores customers' messages: keeps each score, sets urgency, topic and `due_at` of their tickets, and routes those that
 * wait, in the same transaction: the rows are locked already, and a job less lies between a message and its agent. A ticket
 * that is owned already only gets its urgency. Twice is harmless: a score that is there changes nothing. Texts are scored
 * before the transaction is opened.
 */
export async function scoreMessages(
  ctx: StageContext,
  messageIds: readonly number[],
): Promise<{ scored: number; skipped: number }> {
  const messages = await readMessagesToScore(ctx.db.kysely, messageIds);
  if (messages.length === 0) return { scored: 0, skipped: messageIds.length };
  const scored = messages.map((message) => ({ ...message, result: scoreBurst(message.texts) }));
  const stored = await transact(ctx, async (tx) => {
    const queues = await holdQueues(tx);
    const tickets = await lockTickets(
      tx,
      scored.map((item) => item.ticketId),
    );
    const scoreIds = await insertScores(
      tx,
      scored.map(({ messageId, editedAt, result }) => ({ messageId, editedAt, ...result })),
    );
    const changes = tickets.flatMap((ticket) => {
      const fresh = scored.filter((item) => item.ticketId === ticket.id && scoreIds.has(item.messageId));
      const change = changeOf(ticket, fresh, scoreIds, ctx.limits.AGEING_HORIZON_HOURS);
      return change ? [{ ticket, ...change }] : [];
    });
    if (changes.length > 0) {
      const withTopic = changes.map(({ ticket, score }) => ({ ...ticket, topic: score.topic }));
      const routes = new Map(planRoutes(withTopic, queues).map((route) => [route.ticketId, route]));
      await updateTicketScores(
        tx,
        changes.map(({ ticket, score }) => ({ ...score, routeTo: routes.get(ticket.id)?.queue ?? null })),
      );
      const events = changes.flatMap((change) => {
        const requestId = ctx.requestOf?.(change.messageId) ?? null;
        return eventsOf(change, routes.get(change.ticket.id)).map((event) => ({ ...event, requestId }));
      });
      await appendEvents(tx, events, ctx.requestId);
    }
    await markScored(tx, tickets, scored, scoreIds);
    return scoreIds.size;
  });
  return { scored: stored, skipped: messageIds.length - stored };
}

/** A ticket whose latest message had its score already has nothing left to score: it is not looked for again. */
async function markScored(tx: Tx, tickets: TicketToUpdate[], scored: Scored[], fresh: Map<number, number>) {
  const done = tickets.filter((ticket) =>
    scored.some((item) => item.ticketId === ticket.id && item.seq >= ticket.customerSeq && !fresh.has(item.messageId)),
  );
  const ids = done.filter((ticket) => ticket.scoredAt === null).map((ticket) => ticket.id);
  if (ids.length === 0) return;
  // Not the one whose latest text was edited while it was scored: that one has no score, and is to get another.
  await sql`
    UPDATE tickets t SET scored_at = now() WHERE t.id = ANY(${ids}::bigint[]) AND EXISTS (
      SELECT 1 FROM urgency_scores s JOIN messages m ON m.id = s.message_id
      WHERE m.conversation_id = t.conversation_id AND m.seq = t.customer_seq)`.execute(tx);
}

/** What the fresh scores of a ticket's messages make of it; null when there is none. */
function changeOf(
  ticket: TicketToUpdate,
  fresh: Scored[],
  scoreIds: Map<number, number>,
  horizonHours: number,
): Omit<Change, "ticket"> | null {
  const latest = fresh.reduce<Scored | null>((best, item) => (best && best.seq > item.seq ? best : item), null);
  if (!latest) return null;
  const complete = latest.seq >= ticket.customerSeq;
  const { topic, model } = latest.result;
  const score = ticket.levelFloor
    ? Math.max(latest.result.score, scoreFloorOf(ticket.levelFloor))
    : latest.result.score;
  const level = levelOf(score);
  // A message that is scored after a later one was may raise the ticket, never lower it.
  const keep = !complete && ticket.urgency !== null && ticket.urgency > score;
  if (keep) return null;
  const due = ticket.firstUnansweredAt ? dueAt(ticket.firstUnansweredAt, score, horizonHours) : ticket.dueAt;
  const scoreId = scoreIds.get(latest.messageId) ?? 0;
  const change = { ticketId: ticket.id, scoreId, urgency: score, level, topic, dueAt: due, complete };
  return { score: change, model, messageId: latest.messageId };
}

/** It was scored, and then, where that is so, routed. */
function eventsOf({ ticket, score, model }: Change, route: PlannedRoute | undefined): OutboxEvent[] {
  const scored = messageUpdate(ticket, "scored", {
    urgency: { score: score.urgency, level: score.level, topic: score.topic, model },
    due_at: score.dueAt.toISOString(),
  });
  return route ? [scored, route.event] : [scored];
}
