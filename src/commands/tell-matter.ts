import type { ChatMessage } from "../contract/events.js";
import type { Tx } from "../db/database.js";
import { appendEvents } from "../db/outbox.js";
import { appendMessage } from "../db/queries/append-message.js";
import { conversationAccess } from "../db/queries/conversation-access.js";
import { type LockedConversation, lockConversation } from "../db/queries/lock-ticket.js";
import { Refusal } from "../domain/errors.js";
import { messageNewEvent, newChatMessage } from "./chat-message.js";
import type { CommandContext } from "./context.js";

/** A conversation in whose name something is done, locked, and who does it. */
export interface MatterPlace {
  conversation: LockedConversation;
  sender: { id: number; name: string; role: string };
}

/** Locks the conversation for who may write in it. Throws `conversation_not_found`, `forbidden`. */
export async function takeMatterPlace(tx: Tx, ctx: CommandContext, conversationId: number): Promise<MatterPlace> {
  const { actor } = ctx;
  const conversation = await lockConversation(tx, conversationId);
  const access = conversation && (await conversationAccess(tx, actor, conversationId, ctx.sight));
  if (!conversation || !access) throw new Refusal("conversation_not_found", "There is no such conversation.");
  if (!access.mayWrite || actor.id === null) throw new Refusal("forbidden", "Only its participants do this.");
  return { conversation, sender: { id: actor.id, name: actor.name, role: actor.role } };
}

/** Says in the conversation what was done, with its row, in its transaction; all participants get it live. */
export async function tellMatter(
  tx: Tx,
  ctx: CommandContext,
  { conversation, sender }: MatterPlace,
  matter: { kind: "dispute" | "payment" | "job_update"; text: string; metadata: Record<string, unknown> },
): Promise<ChatMessage> {
  const message = { senderId: sender.id, ...matter };
  const told = newChatMessage(conversation.id, await appendMessage(tx, conversation, message), message, sender);
  await appendEvents(tx, [messageNewEvent(told)], ctx.requestId);
  return told;
}
