import { conversationStream } from "../contract/events.js";
import type { Tx } from "../db/database.js";
import { appendEvents, outboxEvent } from "../db/outbox.js";
import { readConversationFace } from "../db/queries/read-conversations.js";
import { invariant } from "../runtime/invariant.js";

/** Tells all in a conversation, whose lock the caller holds, how it now stands: title, archive, who takes part. */
export async function tellConversation(tx: Tx, conversationId: number, requestId: string | null): Promise<void> {
  const face = await readConversationFace(tx, conversationId);
  invariant(face, "a conversation that is locked is there");
  const { title, isArchived: is_archived, participants } = face;
  const payload = { conversation_id: conversationId, title, is_archived, participants };
  const event = outboxEvent({ stream: conversationStream(conversationId), type: "conversation", payload });
  await appendEvents(tx, [event], requestId);
}
