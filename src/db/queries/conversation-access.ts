import { sql } from "kysely";
import type { Role } from "../../domain/policy.js";
import type { Sight } from "../../domain/visibility.js";
import type { Executor } from "../database.js";
import { inSight } from "./in-sight.js";

/** What an actor may do in a conversation. */
export interface ConversationAccess {
  kind: "support" | "direct" | "bot";
  /** It takes part itself; an agent whose row only keeps its read mark in a support case does not. */
  isParticipant: boolean;
  mayRead: boolean;
  mayWrite: boolean;
}

/**
 * What an actor may do in a conversation: who takes part reads and writes; admins read all; staff writes in support cases,
 * agents in those of which a ticket is in sight. null: it is as good as not there (a stranger's, an erased customer's, one
 * that was deleted), and so is any for a customer that was erased while its call was under way.
 */
export async function conversationAccess(
  db: Executor,
  actor: { id: number | null; role: Role },
  conversationId: number,
  sight: Sight = { kind: "all" },
): Promise<ConversationAccess | null> {
  const { rows } = await sql<{ kind: ConversationAccess["kind"]; isParticipant: boolean; seen: boolean }>`
    SELECT c.kind,
           EXISTS (SELECT FROM participants p
                   WHERE p.conversation_id = c.id AND p.user_id = ${actor.id}::bigint AND p.role <> 'agent') AS "isParticipant",
           ${actor.role === "agent" ? sql`EXISTS (SELECT FROM tickets t WHERE t.conversation_id = c.id AND ${inSight(sight)})` : sql`false`}
             AS seen
    FROM conversations c
    WHERE c.id = ${conversationId} AND c.deleted_at IS NULL AND c.erased_at IS NULL
      AND NOT EXISTS (SELECT FROM customers e WHERE e.id = ${actor.id}::bigint AND e.erased_at IS NOT NULL)`.execute(
    db,
  );
  const row = rows[0];
  if (!row) return null;
  const { kind, isParticipant } = row;
  const isStaff = actor.role === "admin" || row.seen;
  if (!isParticipant && !isStaff) return null;
  return { kind, isParticipant, mayRead: true, mayWrite: isParticipant || kind === "support" };
}
