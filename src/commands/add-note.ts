import { appendEvents } from "../db/outbox.js";
import { appendMessage } from "../db/queries/append-message.js";
import { requirePermission } from "../domain/policy.js";
import { messageNewEvent, newChatMessage } from "./chat-message.js";
import { type CommandContext, transact } from "./context.js";
import { takeTicketInHand } from "./locked-ticket.js";
import { messageUpdate } from "./ticket-events.js";

/**
 * Adds a note that only agents see, to any ticket, open or closed (CONTRACT.md 4: a note is allowed in all of them).
 * Throws `message_not_found`, `already_closed` when its customer was erased.
 */
export async function addNote(
  ctx: CommandContext,
  input: { ticketId: number; text: string },
): Promise<{ ticketId: number }> {
  requirePermission(ctx.actor, "message.note");
  return transact(ctx, async (tx) => {
    const { ticket, conversation } = await takeTicketInHand(tx, input.ticketId);
    const note = { senderId: ctx.actor.id, kind: "note" as const, text: input.text };
    const appended = await appendMessage(tx, conversation, note);
    const sender = ctx.actor.id === null ? null : { id: ctx.actor.id, name: ctx.actor.name, role: ctx.actor.role };
    const message = newChatMessage(conversation.id, appended, note, sender);
    await appendEvents(tx, [messageNewEvent(message), messageUpdate(ticket, "note")], ctx.requestId);
    return { ticketId: ticket.id };
  });
}
