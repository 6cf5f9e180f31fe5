import type { Tx } from "../db/database.js";
import { appendEvents } from "../db/outbox.js";
import { activeAgentName } from "../db/queries/lock-agent.js";
import { messagesSinceVersion } from "../db/queries/messages-since-version.js";
import { settleReply } from "../db/queries/settle-reply.js";
import { Refusal } from "../domain/errors.js";
import { requireOwnAgent } from "../domain/policy.js";
import { isStale, requireOwner } from "../domain/reply.js";
import { recordActForAnother } from "./audit.js";
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
  const { ticket, ownerName } = inHand;
  // Who holds an open ticket is there: whoever deletes an agent gives all of its tickets back.
  const holds = ticket.status === "in_progress" && ticket.assigneeId === input.agentId;
  const name = holds ? ownerName : await activeAgentName(tx, input.agentId);
  if (name === null) throw new Refusal("agent_not_found", "There is no such agent.");
  requireOwnAgent(ctx.actor, input.agentId);
  requireOwner(ticket, input.agentId, ownerName);
  if (isStale(ticket, input.version)) {
    throw new Refusal("stale_version", "The customer wrote again, or the message changed, since you read it.", {
      version: ticket.version,
      messages: await messagesSinceVersion(tx, ticket.conversationId, input.version ?? 0),
    });
  }
  await sayAndSettle(tx, ctx, input, inHand, name);
  await recordActForAnother(tx, ctx, input.agentId, {
    action: "ticket.reply",
    subject: { kind: "ticket", id: input.ticketId },
    after: { agent_id: input.agentId, closed: !input.keepOpen },
  });
  return { ticketId: input.ticketId };
}

async function sayAndSettle(
  tx: Tx,
  ctx: CommandContext,
  input: ReplyInput,
  { ticket, conversation }: TicketInHand,
  agent: string,
): Promise<void> {
  const { agentId, text, cannedId = null } = input;
  const { requestId } = ctx;
  const closes = !input.keepOpen;
  const version = closes ? ticket.version + 1 : ticket.version;
  const settled = await settleReply(tx, { ticket, conversation, agentId, text, cannedId, closes, version, requestId });
  const said = { senderId: agentId, kind: "text" as const, text };
  const message = newChatMessage(conversation.id, settled, said, { id: agentId, name: agent, role: "agent" });
  const events = [messageNewEvent(message, { stage: "deliver", subjectId: settled.deliveryId })];
  const changed = { ...ticket, status: closes ? ("closed" as const) : ticket.status, version };
  if (closes) events.push(...versionEvents(changed, agent, "reply", {}, assignJob(ticket.id)));
  else events.push(messageUpdate(changed, "answered"));
  await appendEvents(tx, events, requestId);
}
