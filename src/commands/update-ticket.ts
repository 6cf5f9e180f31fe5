import { sql } from "kysely";
import { type AgentsPayloads, conversationStream, type Stage } from "../contract/events.js";
import type { Tx } from "../db/database.js";
import { appendEvents, type OutboxEvent, outboxEvent } from "../db/outbox.js";
import { readConversation } from "../db/queries/read-conversation.js";
import { fieldNames } from "../domain/audit.js";
import { requirePermission } from "../domain/policy.js";
import { dueAt } from "../domain/queue-order.js";
import type { UrgencyLevel } from "../domain/ticket.js";
import { invariant } from "../runtime/invariant.js";
import { levelOf, scoreFloorOf } from "../urgency/level.js";
import { recordAudit } from "./audit.js";
import { chatMessageOf } from "./chat-message.js";
import { type CommandContext, transact } from "./context.js";
import { type TicketInHand, takeTicketInHand } from "./locked-ticket.js";
import { messageUpdate } from "./ticket-events.js";

/** What is to change of a ticket; what is left out stays. */
export interface TicketChange {
  ticketId: number;
  title?: string | undefined;
  description?: string | undefined;
  /** The least level that it has; null takes it away. */
  priority?: UrgencyLevel | null | undefined;
}

interface Current {
  title: string;
  text: string;
  openingMessageId: number;
  latestMessageId: number;
  levelFloor: UrgencyLevel | null;
  topic: string | null;
  /** What the text alone came to; null when it is not scored. */
  textScore: number | null;
  model: string | null;
}

type Extra = Pick<AgentsPayloads["message_update"], "urgency" | "due_at">;

/**
 * Changes what an admin wrote of a ticket, open or closed, whoever holds it; owner, status and so version stay. Another
 * description is its first message, edited, and is scored again. Another priority holds at once; it puts aside what a
 * person said of the level. Every change is announced. For admins. Throws `ticket_not_found`,
 * `already_closed` when its customer was erased.
 */
export async function updateTicket(ctx: CommandContext, input: TicketChange): Promise<{ ticketId: number }> {
  requirePermission(ctx.actor, "ticket.write");
  return transact(ctx, async (tx) => {
    const inHand = await takeTicketInHand(tx, input.ticketId, "ticket");
    const current = await readCurrent(tx, inHand);
    const events: OutboxEvent[] = [];
    let extra: Extra | null = null;
    let job: { stage: Stage; subjectId: number } | undefined;
    if (input.title !== undefined && input.title !== current.title) {
      extra = {};
      const id = inHand.conversation.id;
      await tx.updateTable("conversations").set({ title: input.title }).where("id", "=", id).execute();
    }
    if (input.description !== undefined && input.description !== current.text) {
      extra = {};
      events.push(await editDescription(tx, inHand, current, input.description));
      // The burst that it began is scored as a whole with the latest of its messages.
      const { openingMessageId, latestMessageId } = current;
      if (latestMessageId !== openingMessageId) job = { stage: "score", subjectId: latestMessageId };
    }
    if (input.priority !== undefined && input.priority !== current.levelFloor) {
      extra = await setFloor(tx, inHand, current, input.priority, ctx.limits.AGEING_HORIZON_HOURS);
    }
    if (extra) {
      await tx
        .updateTable("tickets")
        .set({ updated_at: sql<Date>`now()` })
        .where("id", "=", inHand.ticket.id)
        .execute();
      await appendEvents(tx, [...events, messageUpdate(inHand.ticket, "edited", extra, job)], ctx.requestId);
      const { ticketId, priority = current.levelFloor, ...texts } = input;
      await recordAudit(tx, ctx, {
        action: "ticket.update",
        subject: { kind: "ticket", id: ticketId },
        before: { priority: current.levelFloor },
        after: { priority, fields: fieldNames(texts) },
      });
    }
    return { ticketId: inHand.ticket.id };
  });
}

async function readCurrent(tx: Tx, { ticket }: TicketInHand): Promise<Current> {
  const { rows } = await sql<Current>`
    SELECT v.title, o.text, o.id AS "openingMessageId", l.id AS "latestMessageId", t.level_floor AS "levelFloor", t.topic,
           s.score AS "textScore", s.model
    FROM tickets t
    JOIN conversations v ON v.id = t.conversation_id
    JOIN messages o ON o.id = t.opening_message_id
    JOIN messages l ON l.conversation_id = t.conversation_id AND l.seq = t.customer_seq
    LEFT JOIN urgency_scores s ON s.id = t.urgency_score_id
    WHERE t.id = ${ticket.id}`.execute(tx);
  const row = rows[0];
  invariant(row, "a ticket that is locked has its messages");
  return row;
}

/**
 * Edits the first message. The scores that its words went into are taken away, so that it, and with it the burst that it
 * began, is scored again; until then the ticket keeps the urgency that it has.
 */
async function editDescription(
  tx: Tx,
  { ticket, conversation }: TicketInHand,
  current: Current,
  text: string,
): Promise<OutboxEvent> {
  const { openingMessageId, latestMessageId } = current;
  await tx
    .updateTable("messages")
    .set({ text, edited_at: sql<Date>`clock_timestamp()` })
    .where("id", "=", openingMessageId)
    .execute();
  await tx.deleteFrom("urgency_scores").where("message_id", "in", [openingMessageId, latestMessageId]).execute();
  await tx
    .updateTable("tickets")
    .set({ scored_at: null, urgency_score_id: null })
    .where("id", "=", ticket.id)
    .execute();
  const [said] = await readConversation(tx, conversation.id, { notes: true, limit: 1, only: openingMessageId });
  invariant(said, "a message that was just edited is there");
  return outboxEvent({
    stream: conversationStream(conversation.id),
    type: "message:edited",
    payload: { message: chatMessageOf(said) },
    job: { stage: "score", subjectId: openingMessageId },
  });
}

/** Sets the floor, and what it makes of the urgency, or of `due_at` alone before there is one. */
async function setFloor(
  tx: Tx,
  { ticket }: TicketInHand,
  current: Current,
  levelFloor: UrgencyLevel | null,
  horizonHours: number,
): Promise<Extra> {
  const score = Math.max(current.textScore ?? 0, levelFloor === null ? 0 : scoreFloorOf(levelFloor));
  const due = ticket.firstUnansweredAt ? dueAt(ticket.firstUnansweredAt, score, horizonHours) : ticket.dueAt;
  const isScored = ticket.urgency !== null;
  await tx
    .updateTable("tickets")
    .set({
      level_floor: levelFloor,
      due_at: due,
      ...(isScored ? { urgency: score, urgency_level: levelOf(score) } : {}),
    })
    .where("id", "=", ticket.id)
    .execute();
  const due_at = due.toISOString();
  if (!isScored) return { due_at };
  const urgency = { score, level: levelOf(score), topic: current.topic ?? "other", model: current.model ?? "person" };
  return { urgency, due_at };
}
