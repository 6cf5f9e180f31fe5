import { chatMessageOf } from "../../commands/chat-message.js";
import type { ChatMessage } from "../../contract/events.js";
import type { SaidRow } from "../../db/queries/read-conversation.js";

/** What was said, as CONTRACT.md 4 writes it; the same on every wire. */
export function presentChatMessage(row: SaidRow): ChatMessage {
  return chatMessageOf(row);
}
