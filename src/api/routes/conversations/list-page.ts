import { z } from "zod";
import type { CommandContext } from "../../../commands/context.js";
import type { ConversationView } from "../../../contract/http/conversations.js";
import { listConversations } from "../../../db/queries/read-conversations.js";
import { seesAll } from "../../../domain/visibility.js";
import { decodeCursor, pageOf } from "../../cursor.js";
import { presentConversation } from "../../presenters/conversation.js";
import { readAs } from "./read-as.js";

const place = z.object({ at: z.iso.datetime({ precision: 6 }), id: z.int().nonnegative() });

/** A page of the conversations that the caller sees, by their latest message; `ownOnly`: of those that it takes part in. */
export async function listPage(
  context: CommandContext,
  query: { archived?: "true" | "false" | undefined; limit: number; cursor?: string | undefined },
  ownOnly: boolean,
): Promise<{ results: ConversationView[]; next: string | null }> {
  const { actor, sight = seesAll } = context;
  const after = decodeCursor(place, query.cursor);
  const reader = { userId: actor.id ?? 0, isStaff: actor.role !== "customer", sight };
  const options = { archived: query.archived === "true", ownOnly, after, limit: query.limit + 1 };
  const rows = await readAs(context, (db) => listConversations(db, reader, options));
  return pageOf(rows, query.limit, presentConversation, (row) => ({ at: row.place, id: row.id }));
}
