import { typingFrame } from "../contract/chat-frames.js";
import { conversationStream } from "../contract/events.js";
import type { Database } from "../db/database.js";
import { Refusal } from "../domain/errors.js";
import type { Actor } from "../domain/policy.js";
import type { VisibilityMode } from "../domain/visibility.js";
import { enterChat } from "./enter-chat.js";

/** What telling needs: the rights, and how frames are shown; `publish` rejects while the bus is away. */
export interface TypingContext {
  db: Database;
  actor: Actor;
  mode: VisibilityMode;
  publish: (frame: { stream: string; frame: Record<string, unknown> }) => Promise<void>;
}

/**
 * Shows the others in a conversation that somebody types there, or stopped. Nothing is stored: it ends by itself 5 s after
 * the last time that it was told, and one that cannot be told is lost. Throws `conversation_not_found` as the room does,
 * `forbidden` for who is nobody's user, and for who looks on only.
 */
export async function tellTyping(
  { db, actor, mode, publish }: TypingContext,
  input: { conversationId: number; isTyping: boolean },
): Promise<void> {
  const { conversationId, isTyping } = input;
  const room = await enterChat(db, mode, { actor, conversationId });
  if (actor.id === null) throw new Refusal("forbidden", "Who types here has a token of its own.");
  if (!room.isParticipant && room.kind !== "support")
    throw new Refusal("forbidden", "Only its participants type here.");
  const frame = typingFrame({ id: actor.id, name: actor.name }, isTyping);
  await publish({ stream: conversationStream(conversationId), frame }).catch(() => undefined);
}
