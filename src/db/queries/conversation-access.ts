import { type RawBuilder, sql } from "kysely";
import type { Role } from "../../domain/policy.js";
import type { Sight } from "../../domain/visibility.js";
import { type Executor, statementName } from "../database.js";
import type { Statement } from "../one-trip.js";
import { inSight } from "./in-sight.js";

/** What an actor may do in a conversation. */
export interface ConversationAccess {
  kind: "support" | "direct" | "bot";
  /** It takes part itself; an agent whose row only keeps its read mark in a support case does not. */
  isParticipant: boolean;
  mayRead: boolean;
  mayWrite: boolean;
}

/** What a sender may do, and the message that it said before with the same mark. */
export interface SenderAccess extends ConversationAccess {
  saidBefore: number | null;
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
  return senderAccess(db, actor, { conversationId, clientId: null }, sight);
}

interface Row {
  kind: ConversationAccess["kind"];
  isParticipant: boolean;
  seen: boolean;
  saidBefore: number | null;
}

/**
 * The same for who is about to say something. Asked under the conversation's lock: of two that are sent at once with one
 * mark the second finds the first.
 */
export async function senderAccess(
  db: Executor,
  actor: { id: number | null; role: Role },
  { conversationId, clientId }: { conversationId: number; clientId: string | null },
  sight: Sight = { kind: "all" },
): Promise<SenderAccess | null> {
  const { rows } = await statementOf(actor, { conversationId, clientId }, sight).execute(db);
  return accessOf(actor, rows[0]);
}

/**
 * The same question as `conversationAccess` asks, as a statement that can go before others in their trip, and what it says
 * of the rows that it is answered with.
 */
export function accessAhead(
  db: Executor,
  actor: { id: number | null; role: Role },
  conversationId: number,
  sight: Sight = { kind: "all" },
): { statement: Statement; accessIn: (rows: readonly unknown[]) => ConversationAccess | null } {
  const { sql: text, parameters } = statementOf(actor, { conversationId, clientId: null }, sight).compile(db);
  return {
    statement: { name: statementName(text), text, values: parameters },
    accessIn: ([row]) => accessOf(actor, row as Row | undefined),
  };
}

function statementOf(
  actor: { id: number | null; role: Role },
  { conversationId, clientId }: { conversationId: number; clientId: string | null },
  sight: Sight,
): RawBuilder<Row> {
  const isAgent = actor.role === "agent";
  return sql<Row>`
    ${nameOf(isAgent, sight)}
    SELECT c.kind,
           EXISTS (SELECT FROM participants p
                   WHERE p.conversation_id = c.id AND p.user_id = ${actor.id}::bigint AND p.role <> 'agent') AS "isParticipant",
           ${isAgent ? sql`EXISTS (SELECT FROM tickets t WHERE t.conversation_id = c.id AND ${inSight(sight)})` : sql`false`}
             AS seen,
           (SELECT m.id FROM messages m WHERE m.conversation_id = c.id AND m.sender_id = ${actor.id}::bigint
              AND m.client_id = ${clientId}::text) AS "saidBefore"
    FROM conversations c
    WHERE c.id = ${conversationId} AND c.deleted_at IS NULL AND c.erased_at IS NULL
      AND NOT EXISTS (SELECT FROM customers e WHERE e.id = ${actor.id}::bigint AND e.erased_at IS NOT NULL)`;
}

function accessOf(actor: { role: Role }, row: Row | undefined): SenderAccess | null {
  if (!row) return null;
  const { kind, isParticipant, saidBefore } = row;
  const isStaff = actor.role === "admin" || row.seen;
  if (!isParticipant && !isStaff) return null;
  return { kind, isParticipant, mayRead: true, mayWrite: isParticipant || kind === "support", saidBefore };
}

/** The statements whose text is always the same are prepared. */
function nameOf(isAgent: boolean, sight: Sight) {
  if (!isAgent) return sql.raw("/* conversation-access */");
  return sight.kind === "all" ? sql.raw("/* conversation-access-agent */") : sql``;
}
