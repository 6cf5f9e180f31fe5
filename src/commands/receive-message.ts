import { sql } from "kysely";
import { agentsStream } from "../contract/events.js";
import type { Tx } from "../db/database.js";
import { appendEvents, type OutboxEvent, outboxEvent } from "../db/outbox.js";
import { type AppendedMessage, appendMessage } from "../db/queries/append-message.js";
import { databaseNow } from "../db/queries/change-owner.js";
import { recordAssignment } from "../db/queries/claim-ticket.js";
import { agentName } from "../db/queries/lock-agent.js";
import { type LockedConversation, type LockedTicket, lockConversation, lockTicket } from "../db/queries/lock-ticket.js";
import { Refusal } from "../domain/errors.js";
import { dueAt } from "../domain/queue-order.js";
import { messageNewEvent, newChatMessage } from "./chat-message.js";
import { type CommandContext, transact } from "./context.js";
import { openTicketOf } from "./reopen-ticket.js";
import { versionEvents } from "./ticket-events.js";

/** A customer's message that goes on with what it wrote before. */
export interface ContinuingMessage {
  /** The customer's outside id. */
  userId: string;
  body: string;
  /** One of that customer's tickets. */
  replyTo: number;
}

/** What a customer's message came to in its conversation. */
interface Received {
  conversation: LockedConversation;
  customer: { id: number; name: string; userId: string };
  said: AppendedMessage;
  now: Date;
}

/**
 * A message with `reply_to`: it continues the open ticket of that conversation, reopens the named one when it was closed
 * within REOPEN_WITHIN_HOURS, and opens a new ticket on the same conversation later than that (DESIGN.md 7). Messages
 * without `reply_to` go through the Intake. Throws `message_not_found` for a ticket that is not that customer's.
 */
export async function receiveMessage(ctx: CommandContext, input: ContinuingMessage): Promise<{ ticketId: number }> {
  return transact(ctx, async (tx) => {
    const named = await findNamedTicket(tx, input);
    const conversation = await lockConversation(tx, named.conversationId);
    const ticket = await lockTicket(tx, (await openTicketOf(tx, named.conversationId)) ?? input.replyTo);
    // A customer that was erased while this waited for the lock is nobody's any more.
    if (!conversation || conversation.erased || !ticket)
      throw new Refusal("message_not_found", "There is no such message of this customer.");
    const now = await databaseNow(tx);
    const reopenFrom = now.getTime() - ctx.limits.REOPEN_WITHIN_HOURS * 3_600_000;
    const opensNew = ticket.status === "closed" && (ticket.closedAt?.getTime() ?? 0) < reopenFrom;
    const message = {
      senderId: named.customer.id,
      kind: "text" as const,
      text: input.body,
      ticketVersion: opensNew ? 1 : ticket.version + 1,
    };
    const said = await appendMessage(tx, conversation, message);
    const sender = { id: named.customer.id, name: named.customer.name, role: "customer" };
    const event = messageNewEvent(newChatMessage(conversation.id, said, message, sender), {
      stage: "score",
      subjectId: said.id,
    });
    const received = { conversation, customer: named.customer, said, now };
    const outcome = opensNew
      ? await openNext(tx, ctx, input.body, received)
      : await continueTicket(tx, ctx, ticket, received);
    await tx
      .updateTable("customers")
      .set({ last_seen_at: sql<Date>`now()` })
      .where("id", "=", named.customer.id)
      .execute();
    await appendEvents(tx, [event, ...outcome.events], ctx.requestId);
    return { ticketId: outcome.ticketId };
  });
}

async function findNamedTicket(tx: Tx, input: ContinuingMessage) {
  const row = await tx
    .selectFrom("tickets")
    .innerJoin("customers", "customers.id", "tickets.customer_id")
    .innerJoin("users", "users.id", "customers.id")
    .select(["tickets.conversation_id", "customers.id", "customers.user_id", "users.name"])
    .where("tickets.id", "=", input.replyTo)
    .where("customers.user_id", "=", input.userId)
    .executeTakeFirst();
  if (!row) throw new Refusal("message_not_found", "There is no such message of this customer.");
  return {
    conversationId: row.conversation_id,
    customer: { id: row.id, name: row.name, userId: row.user_id },
  };
}

/** Adds to an open ticket, or opens a closed one again: `version` rises once either way, and it is scored again. */
async function continueTicket(
  tx: Tx,
  ctx: CommandContext,
  ticket: LockedTicket,
  { said, now }: Received,
): Promise<{ ticketId: number; events: OutboxEvent[] }> {
  const reopens = ticket.status === "closed";
  const waitsSince = reopens ? null : ticket.firstUnansweredAt;
  const due = waitsSince ? ticket.dueAt : dueAt(now, 0, ctx.limits.AGEING_HORIZON_HOURS);
  const version = ticket.version + 1;
  await tx
    .updateTable("tickets")
    .set({
      version,
      customer_seq: said.seq,
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
  ctx: CommandContext,
  body: string,
  { conversation, customer, said, now }: Received,
): Promise<{ ticketId: number; events: OutboxEvent[] }> {
  const row = await tx
    .insertInto("tickets")
    .values({
      conversation_id: conversation.id,
      customer_id: customer.id,
      opening_message_id: said.id,
      customer_seq: said.seq,
      due_at: dueAt(now, 0, ctx.limits.AGEING_HORIZON_HOURS),
      first_unanswered_at: now,
    })
    .returning(["id", "created_at"])
    .executeTakeFirstOrThrow();
  await tx
    .updateTable("customers")
    .set((eb) => ({ open_tickets: eb("open_tickets", "+", 1), total_tickets: eb("total_tickets", "+", 1) }))
    .where("id", "=", customer.id)
    .execute();
  const created_at = row.created_at.toISOString();
  const payload = { message_id: row.id, status: "unassigned" as const, body, user_id: customer.userId, created_at };
  return { ticketId: row.id, events: [outboxEvent({ stream: agentsStream, type: "message_new", payload })] };
}
