import type { ChatMessage } from "../contract/events.js";
import type { Tx } from "../db/database.js";
import { appendEvents, type OutboxEvent } from "../db/outbox.js";
import { recordAssignment, takeWaitingTicket } from "../db/queries/claim-ticket.js";
import { countHeld, type LockedAgent } from "../db/queries/lock-agent.js";
import { lockTicketOf, type TicketOfTalk } from "../db/queries/lock-ticket.js";
import { makeStaffMark } from "../db/queries/read-marks.js";
import { settleReply } from "../db/queries/settle-reply.js";
import { claimRefusal } from "../domain/claim.js";
import { Refusal } from "../domain/errors.js";
import { requireOwner } from "../domain/reply.js";
import { invariant } from "../runtime/invariant.js";
import { attachUploadInTransaction } from "./attach-upload.js";
import { messageNewEvent, newChatMessage } from "./chat-message.js";
import type { CommandContext } from "./context.js";
import type { MessageInHand } from "./post-message.js";
import { messageUpdate, versionEvents } from "./ticket-events.js";

/**
 * An agent's message in a support case (CONTRACT.md 4): one that waits is claimed first, its own is answered and stays
 * open. Agent and conversation are locked by the caller, in that order; the ticket is locked here. Throws `at_capacity`,
 * `already_closed`, `not_assigned_to_you` with `by`.
 */
export async function answerAsAgent(
  tx: Tx,
  ctx: CommandContext,
  inHand: MessageInHand,
  agent: LockedAgent,
): Promise<ChatMessage> {
  const { conversation, text, clientId = null, metadata = null, attachmentId } = inHand;
  const { requestId } = ctx;
  const found = await lockTicketOf(tx, conversation.id);
  if (!found || found.status === "closed") throw new Refusal("already_closed", "This case is closed.");
  const { ticket, events } =
    found.status === "unassigned" ? await claimFirst(tx, found, agent, requestId) : { ticket: found, events: [] };
  requireOwner(ticket, agent.id, ticket.ownerName);
  const reply = { ticket, conversation, agentId: agent.id, text, cannedId: null, clientId, metadata, requestId };
  const settled = await settleReply(tx, { ...reply, closes: false, version: ticket.version });
  const file =
    attachmentId === undefined
      ? null
      : await attachUploadInTransaction(tx, { attachmentId, messageId: settled.id, uploaderId: agent.id });
  const said = { senderId: agent.id, kind: "text" as const, text, clientId, metadata };
  const sender = { id: agent.id, name: agent.name, role: "agent" };
  const message = newChatMessage(conversation.id, settled, said, sender, file);
  await makeStaffMark(tx, { conversationId: conversation.id, userId: agent.id, seq: settled.seq });
  const told = [
    ...events,
    messageNewEvent(message, { stage: "deliver", subjectId: settled.deliveryId }),
    messageUpdate(ticket, "answered"),
  ];
  await appendEvents(tx, told, requestId);
  return message;
}

/** The claim of a ticket that waits and is locked, by an agent that is locked: what it holds is counted, and is exact. */
async function claimFirst(
  tx: Tx,
  waiting: TicketOfTalk,
  agent: LockedAgent,
  requestId: string | null,
): Promise<{ ticket: TicketOfTalk; events: OutboxEvent[] }> {
  const held = await countHeld(tx, agent.id);
  if (held >= agent.capacity) throw claimRefusal({ kind: "at_capacity", held, capacity: agent.capacity });
  const taken = await takeWaitingTicket(tx, waiting.id, agent.id);
  invariant(taken, "a waiting ticket that is locked can be taken");
  const { version } = taken;
  await recordAssignment(tx, { ticketId: waiting.id, from: null, to: agent.id, why: "claim", version, requestId });
  const owned = { assigneeId: agent.id, ownerName: agent.name };
  const ticket = { ...waiting, ...owned, status: "in_progress" as const, version };
  return { ticket, events: versionEvents(ticket, agent.name, "claim") };
}
