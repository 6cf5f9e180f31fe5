import type { CommandContext } from "../../../commands/context.js";
import { asViewer } from "../../../db/as-viewer.js";
import type { Executor } from "../../../db/database.js";
import { conversationAccess } from "../../../db/queries/conversation-access.js";
import { type ConversationRow, readConversationRow } from "../../../db/queries/read-conversations.js";
import { Refusal } from "../../../domain/errors.js";

/** Reads as who calls: a customer behind the second wall as well (row security), staff as the desk. */
export function readAs<T>({ db, actor }: CommandContext, read: (db: Executor) => Promise<T>): Promise<T> {
  return actor.role === "customer" ? asViewer(db, actor.id ?? 0, read) : read(db.kysely);
}

/** The right to read a conversation. Throws `conversation_not_found`: a stranger's is as good as none. */
export async function requireReader(context: CommandContext, conversationId: number): Promise<void> {
  const access = await conversationAccess(context.db.kysely, context.actor, conversationId, context.sight);
  if (!access?.mayRead) throw new Refusal("conversation_not_found", "There is no such conversation.");
}

/** One conversation as the caller sees it. Throws `conversation_not_found`. */
export async function readOwnConversation(context: CommandContext, conversationId: number): Promise<ConversationRow> {
  await requireReader(context, conversationId);
  const row = await readAs(context, (db) => readConversationRow(db, conversationId, context.actor.id ?? 0));
  if (!row) throw new Refusal("conversation_not_found", "There is no such conversation.");
  return row;
}
