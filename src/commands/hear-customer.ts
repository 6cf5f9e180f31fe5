import { sql } from "kysely";
import { agentsStream, type ChatMessage } from "../contract/events.js";
import type { Tx } from "../db/database.js";
import { type OutboxEvent, outboxEvent } from "../db/outbox.js";
import { appendMessage } from "../db/queries/append-message.js";
import { recordAssignment } from "../db/queries/claim-ticket.js";
import { continueTicket } from "../db/queries/continue-ticket.js";
import type { LockedConversation, TicketOfTalk } from "../db/queries/lock-ticket.js";
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
  ticket: TicketOfTalk;
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
  const reopenFrom = ticket.now.getTime() - ctx.limits.REOPEN_WITHIN_HOURS * 3_600_000;
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
    ? await openNext(tx, ctx, { conversationId: conversation.id, customerId: ticket.customerId, said, text, sender })
    : await goOn(tx, ctx, ticket, { senderId: sender.id, customerSeq: said.seq });
  return {
    message: told,
    ticketId: outcome.ticketId,
    events: [messageNewEvent(told, { stage: "score", subjectId: said.id }), ...outcome.events],
  };
}

type Outcome = { ticketId: number; events: OutboxEvent[] };

/** Adds to an open ticket, or opens a closed one again: `version` rises once either way, and it is scored again. */
async function goOn(
  tx: Tx,
  ctx: Pick<CommandContext, "limits" | "requestId">,
  ticket: TicketOfTalk,
  said: { senderId: number; customerSeq: number },
): Promise<Outcome> {
  const { now } = ticket;
  const reopens = ticket.status === "closed";
  const waitsSince = reopens ? null : ticket.firstUnansweredAt;
  const due = waitsSince ? ticket.dueAt : dueAt(now, 0, ctx.limits.AGEING_HORIZON_HOURS);
  const version = ticket.version + 1;
  await continueTicket(tx, {
    ...said,
    id: ticket.id,
    reopens,
    version,
    firstUnansweredAt: waitsSince ?? now,
    dueAt: due,
    followUps: waitsSince ? ticket.followUps + 1 : 0,
    now,
  });
  if (reopens) {
    const history = { ticketId: ticket.id, from: null, to: null, why: "reopen", version };
    await recordAssignment(tx, { ...history, requestId: ctx.requestId });
  }
  const owner = reopens ? { assigneeId: null, ownerName: null, status: "unassigned" as const } : {};
  const changed = { ...ticket, ...owner, version };
  const reason = reopens ? "reopen" : "customer_message";
  const was = reopens ? { was: { assigned_to: ticket.assigneeId } } : {};
  const events = versionEvents(changed, changed.ownerName, reason, { due_at: due.toISOString(), ...was });
  return { ticketId: ticket.id, events };
}

/** A new ticket on the same conversation, opened by the message that was just said. */
async function openNext(
  tx: Tx,
  ctx: Pick<CommandContext, "limits">,
  opening: {
    conversationId: number;
    customerId: number;
    said: { id: number; seq: number };
    text: string;
    sender: { id: number };
  },
): Promise<Outcome> {
  const { conversationId, customerId, said, text, sender } = opening;
  await tx.updateTable("customers").set({ last_seen_at: sql<Date>`now()` }).where("id", "=", sender.id).execute();
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
