import type { Tx } from "../db/database.js";
import { appendEvents } from "../db/outbox.js";
import { appendMessage, type MessageToAppend } from "../db/queries/append-message.js";
import { activeAgentName } from "../db/queries/lock-agent.js";
import { messagesSinceVersion } from "../db/queries/messages-since-version.js";
import { settleReply } from "../db/queries/settle-reply.js";
import { Refusal } from "../domain/errors.js";
import { requireOwnAgent } from "../domain/policy.js";
import { isStale, requireOwner } from "../domain/reply.js";
import { messageNewEvent, newChatMessage } from "./chat-message.js";
import { type CommandContext, transact } from "./context.js";
import { type TicketInHand, takeTicketInHand } from "./locked-ticket.js";
import { assignJob, messageUpdate, versionEvents } from "./ticket-events.js";

export interface ReplyInput {
  ticketId: number;
  agentId: number;
  text: string;
  /** The version that the agent saw; without it the reply closes whatever came in since (seed 000). */
  version?: number | undefined;
  /** Answers and keeps the ticket. */
  keepOpen?: boolean | undefined;
  cannedId?: number | undefined;
}

/**
 * Answers a customer, and closes the ticket unless `keepOpen`. Only its owner's reply is accepted (I6). Throws
 * `message_not_found`, `agent_not_found`, `not_your_agent`, `already_closed`, `not_claimed`, `not_assigned_to_you`,
 * `stale_version` with the messages since.
 */
export async function replyToTicket(ctx: CommandContext, input: ReplyInput): Promise<{ ticketId: number }> {
  return transact(ctx, (tx) => replyInTransaction(tx, ctx, input));
}

/** The reply in a transaction that the caller opened: a canned reply finds its text in the same one. */
export async function replyInTransaction(
  tx: Tx,
  ctx: CommandContext,
  input: ReplyInput,
): Promise<{ ticketId: number }> {
  const inHand = await takeTicketInHand(tx, input.ticketId);
  const name = await activeAgentName(tx, input.agentId);
  if (name === null) throw new Refusal("agent_not_found", "There is no such agent.");
  requireOwnAgent(ctx.actor, input.agentId);
  requireOwner(inHand.ticket, input.agentId, inHand.ownerName);
  if (isStale(inHand.ticket, input.version)) {
    throw new Refusal("stale_version", "The customer wrote again, or the message changed, since you read it.", {
      version: inHand.ticket.version,
      messages: await messagesSinceVersion(tx, inHand.ticket.conversationId, input.version ?? 0),
    });
  }
  await sayAndSettle(tx, ctx, input, inHand, name);
  return { ticketId: input.ticketId };
}

async function sayAndSettle(
  tx: Tx,
  ctx: CommandContext,
  input: ReplyInput,
  { ticket, conversation }: TicketInHand,
  agent: string,
): Promise<void> {
  const said: MessageToAppend = {
    senderId: input.agentId,
    kind: "text",
    text: input.text,
    cannedId: input.cannedId ?? null,
  };
  const appended = await appendMessage(tx, conversation, said);
  const message = newChatMessage(conversation.id, appended, said, { id: input.agentId, name: agent, role: "agent" });
  const closes = !input.keepOpen;
  const version = closes ? ticket.version + 1 : ticket.version;
  const { requestId } = ctx;
  const deliveryId = await settleReply(tx, {
    ticket,
    messageId: message.id,
    agentId: input.agentId,
    closes,
    version,
    requestId,
  });
  const events = [messageNewEvent(message, { stage: "deliver", subjectId: deliveryId })];
  const changed = { ...ticket, status: closes ? ("closed" as const) : ticket.status, version };
  if (closes) events.push(...versionEvents(changed, agent, "reply", {}, assignJob(ticket.id)));
  else events.push(messageUpdate(changed, "answered"));
  await appendEvents(tx, events, requestId);
}
