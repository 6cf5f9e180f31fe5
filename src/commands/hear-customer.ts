import { sql } from "kysely";
import { agentsStream, type ChatMessage } from "../contract/events.js";
import type { Tx } from "../db/database.js";
import { type OutboxEvent, outboxEvent } from "../db/outbox.js";
import { appendMessage } from "../db/queries/append-message.js";
import { databaseNow } from "../db/queries/change-owner.js";
import { recordAssignment } from "../db/queries/claim-ticket.js";
import { agentName } from "../db/queries/lock-agent.js";
import type { LockedConversation, LockedTicket } from "../db/queries/lock-ticket.js";
import { dueAt } from "../domain/queue-order.js";
import { attachUploadInTransaction } from "./attach-upload.js";
import { messageNewEvent, newChatMessage } from "./chat-message.js";
import type { CommandContext } from "./context.js";
import { openTicketInTransaction } from "./open-ticket.js";
import { versionEvents } from "./ticket-events.js";

/** What a customer says in a support case; conversation and ticket are locked by the caller, in that order. */
export interface CustomerWords {
  conversation: LockedConversation;
  /** The open ticket of the conversation, or its latest one. */
  ticket: LockedTicket;
  sender: { id: number; name: string };
  text: string;
  clientId?: string | null | undefined;
  metadata?: Record<string, unknown> | null | undefined;
  attachmentId?: number | undefined;
}

/** What a customer's words came to: they are said, and their ticket is the one of `ticketId`. The caller tells the events. */
export interface Heard {
  message: ChatMessage;
  ticketId: number;
  events: OutboxEvent[];
}

/**
 * A customer's message in its support case (DESIGN.md 7): it continues the open ticket, reopens one that was closed within
 * REOPEN_WITHIN_HOURS, and opens a new ticket on the same conversation later than that. `version` rises once, and the
 * burst is scored again.
 */
export async function hearCustomer(
  tx: Tx,
  ctx: Pick<CommandContext, "limits" | "requestId">,
  words: CustomerWords,
): Promise<Heard> {
  const { conversation, ticket, sender, text, clientId = null, metadata = null, attachmentId } = words;
  const now = await databaseNow(tx);
  const reopenFrom = now.getTime() - ctx.limits.REOPEN_WITHIN_HOURS * 3_600_000;
  const opensNew = ticket.status === "closed" && (ticket.closedAt?.getTime() ?? 0) < reopenFrom;
  const ticketVersion = opensNew ? 1 : ticket.version + 1;
  const message = { senderId: sender.id, kind: "text" as const, text, clientId, metadata, ticketVersion };
  const said = await appendMessage(tx, conversation, message);
  const file =
    attachmentId === undefined
      ? null
      : await attachUploadInTransaction(tx, { attachmentId, messageId: said.id, uploaderId: sender.id });
  const told = newChatMessage(conversation.id, said, message, { ...sender, role: "customer" }, file);
  const outcome = opensNew
    ? await openNext(tx, ctx, { conversationId: conversation.id, customerId: ticket.customerId, said, text })
    : await continueTicket(tx, ctx, ticket, said.seq, now);
  await tx.updateTable("customers").set({ last_seen_at: sql<Date>`now()` }).where("id", "=", sender.id).execute();
  return {
    message: told,
    ticketId: outcome.ticketId,
    events: [messageNewEvent(told, { stage: "score", subjectId: said.id }), ...outcome.events],
  };
}

type Outcome = { ticketId: number; events: OutboxEvent[] };

/** Adds to an open ticket, or opens a closed one again: `version` rises once either way, and it is scored again. */
async function continueTicket(
  tx: Tx,
  ctx: Pick<CommandContext, "limits" | "requestId">,
  ticket: LockedTicket,
  customerSeq: number,
  now: Date,
): Promise<Outcome> {
  const reopens = ticket.status === "closed";
  const waitsSince = reopens ? null : ticket.firstUnansweredAt;
  const due = waitsSince ? ticket.dueAt : dueAt(now, 0, ctx.limits.AGEING_HORIZON_HOURS);
  const version = ticket.version + 1;
  await tx
    .updateTable("tickets")
    .set({
      version,
      customer_seq: customerSeq,
      scored_at: null,
      first_unanswered_at: waitsSince ?? now,
      due_at: due,
      follow_ups: waitsSince ? ticket.followUps + 1 : 0,
      updated_at: now,
      ...(ticket.snoozedUntil ? { snoozed_until: now } : {}),
      ...(reopens
        ? {
            status: "unassigned" as const,
            closed_at: null,
            sold_at: null,
            assignee_id: null,
            assigned_at: null,
            routed_at: null,
            preferred_agent_id: ticket.assigneeId,
          }
        : {}),
    })
    .where("id", "=", ticket.id)
    .execute();
  if (reopens) {
    const history = { ticketId: ticket.id, from: null, to: null, why: "reopen", version };
    await recordAssignment(tx, { ...history, requestId: ctx.requestId });
  }
  const changed = {
    ...ticket,
    version,
    ...(reopens ? { status: "unassigned" as const, assigneeId: null } : {}),
  };
  const owner = changed.assigneeId === null ? null : await agentName(tx, changed.assigneeId);
  const reason = reopens ? "reopen" : "customer_message";
  const was = reopens ? { was: { assigned_to: ticket.assigneeId } } : {};
  return { ticketId: ticket.id, events: versionEvents(changed, owner, reason, { due_at: due.toISOString(), ...was }) };
}

/** A new ticket on the same conversation, opened by the message that was just said. */
async function openNext(
  tx: Tx,
  ctx: Pick<CommandContext, "limits">,
  opening: { conversationId: number; customerId: number; said: { id: number; seq: number }; text: string },
): Promise<Outcome> {
  const { conversationId, customerId, said, text } = opening;
  const opened = await openTicketInTransaction(tx, ctx, {
    conversationId,
    customerId,
    openingMessageId: said.id,
    customerSeq: said.seq,
  });
  const { ticketId, userId, createdAt: created_at } = opened;
  const payload = { message_id: ticketId, status: "unassigned" as const, body: text, user_id: userId, created_at };
  return { ticketId, events: [outboxEvent({ stream: agentsStream, type: "message_new", payload })] };
}
