import { sql } from "kysely";
import type { ConversationPlace, TicketPlace } from "../../domain/visibility.js";
import type { Executor } from "../database.js";

/** What decides who may be in a conversation. */
export interface ChatPlace extends ConversationPlace {
  kind: "support" | "direct" | "bot";
}

/**
 * What decides who may be in these conversations, by their ids, one statement for all; one that is not there, or was erased
 * or deleted, is missing. Of participants only those that are asked for are looked at: a room may have many. An agent that
 * was given a case takes no part by that: it is in it as long as its ticket is in sight (db/queries/conversation-access).
 */
export async function readChatPlaces(
  db: Executor,
  conversationIds: readonly number[],
  userIds: readonly number[],
): Promise<Map<number, ChatPlace>> {
  const { rows } = await sql<{
    id: number;
    kind: ChatPlace["kind"];
    participantIds: (number | string)[];
    tickets: TicketPlace[];
  }>`/* chat-places */
    SELECT c.id, c.kind,
           ARRAY(SELECT p.user_id FROM participants p
                 WHERE p.conversation_id = c.id AND p.role <> 'agent' AND p.user_id = ANY(${[...userIds]}::bigint[])
                   AND p.role <> 'agent') AS "participantIds",
           coalesce((SELECT jsonb_agg(jsonb_build_object('queue', t.queue, 'assigneeId', t.assignee_id))
                     FROM tickets t WHERE t.conversation_id = c.id), '[]') AS tickets
    FROM conversations c
    WHERE c.id = ANY(${[...conversationIds]}::bigint[]) AND c.erased_at IS NULL AND c.deleted_at IS NULL`.execute(db);
  return new Map(
    rows.map(({ id, kind, participantIds, tickets }) => [
      id,
      { kind, tickets, participantIds: participantIds.map(Number) },
    ]),
  );
}
