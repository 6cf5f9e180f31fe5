import type { CommandContext } from "../../../commands/context.js";
import { asViewer } from "../../../db/as-viewer.js";
import type { Executor } from "../../../db/database.js";
import { accessAhead } from "../../../db/queries/conversation-access.js";
import { type ConversationRow, readConversationRow } from "../../../db/queries/read-conversations.js";
import { withAhead } from "../../../db/with-ahead.js";
import { Refusal } from "../../../domain/errors.js";

/** Reads as who calls: a customer behind the second wall as well (row security), staff as the desk. */
export function readAs<T>({ db, actor }: CommandContext, read: (db: Executor) => Promise<T>): Promise<T> {
  return actor.role === "customer" ? asViewer(db, actor.id ?? 0, read) : read(db.kysely);
}

/**
 * Reads something of one conversation as who calls. The right to is asked for in the same trip, by the statement before;
 * what was read without it goes nowhere. Throws `conversation_not_found`: a stranger's is as good as none.
 */
export function readIn<T>(
  { db, actor, sight }: CommandContext,
  conversationId: number,
  read: (db: Executor) => Promise<T>,
): Promise<T> {
  const { statement, accessIn } = accessAhead(db.kysely, actor, conversationId, sight);
  const look = (rows: readonly unknown[]) => {
    if (!accessIn(rows)?.mayRead) throw notFound();
  };
  const ahead = [{ statement, look }];
  return actor.role === "customer" ? asViewer(db, actor.id ?? 0, read, ahead) : read(withAhead(db, ahead));
}

const notFound = () => new Refusal("conversation_not_found", "There is no such conversation.");

/** One conversation as the caller sees it. Throws `conversation_not_found`. */
export async function readOwnConversation(context: CommandContext, conversationId: number): Promise<ConversationRow> {
  const row = await readIn(context, conversationId, (db) =>
    readConversationRow(db, conversationId, context.actor.id ?? 0),
  );
  if (!row) throw notFound();
  return row;
}
