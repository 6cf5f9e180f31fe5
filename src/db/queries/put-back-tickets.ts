import { sql } from "kysely";
import type { Executor, Tx } from "../database.js";

/** A ticket that an agent holds, locked, as the giving back decides by it. */
export interface HeldTicket {
  id: number;
  conversationId: number;
  urgency: number | null;
  queue: string;
}

/** A ticket that was put back, with its new version. */
export interface PutBackTicket extends HeldTicket {
  version: number;
}

/**
 * Which of an agent's tickets are meant. `unanswered`: those whose customer waits for an answer, that are not put aside,
 * and since whose assignment the agent had a socket: what the lease takes back (DESIGN.md 7). `all`: whatever it owns.
 */
export type HeldChoice = "unanswered" | "all";

/**
 * What the lease is about, `t` being the ticket and `l` its agent's liveness. A socket that was seen counts for 15 s: an
 * agent that was given its fill and died before the relay's next look had one, too.
 */
export const leasedTicket = sql`
  t.first_unanswered_at IS NOT NULL AND t.snoozed_until IS NULL
  AND l.socket_seen_at > t.assigned_at - interval '15 s'`;

async function readHeld(db: Executor, agentId: number, choice: HeldChoice, ids: number[] | null, lock: boolean) {
  const { rows } = await sql<HeldTicket>`
    SELECT t.id, t.conversation_id AS "conversationId", t.urgency, t.queue
    FROM tickets t LEFT JOIN agent_liveness l ON l.agent_id = t.assignee_id
    WHERE t.assignee_id = ${agentId} AND t.closed_at IS NULL
      ${ids === null ? sql`` : sql`AND t.id = ANY(${ids}::bigint[])`}
      ${choice === "all" ? sql`` : sql`AND ${leasedTicket}`}
    ORDER BY t.id ${lock ? sql`FOR NO KEY UPDATE OF t` : sql``}`.execute(db);
  return rows;
}

/**
 * Locks the chosen tickets of an agent whose row the caller has locked: nobody gives it more meanwhile. Their
 * conversations are locked first, both ascending (DESIGN.md 7). A ticket that was answered or taken before its lock was
 * had is not among them.
 */
export async function lockHeldTickets(tx: Tx, agentId: number, choice: HeldChoice): Promise<HeldTicket[]> {
  const seen = await readHeld(tx, agentId, choice, null, false);
  if (seen.length === 0) return [];
  const conversations = seen.map((ticket) => ticket.conversationId);
  await sql`
    SELECT id FROM conversations WHERE id = ANY(${conversations}::bigint[])
    ORDER BY id FOR NO KEY UPDATE`.execute(tx);
  const ids = seen.map((ticket) => ticket.id);
  return readHeld(tx, agentId, choice, ids, true);
}

/**
 * Puts locked tickets of an agent back into the queue and writes their history, in one statement. Age is kept; an
 * answered one starts its age anew, due at its entry of `freshDueAt`. Returns them in id order.
 */
export async function putBackTickets(
  tx: Tx,
  agentId: number,
  tickets: readonly (HeldTicket & { freshDueAt: Date })[],
  entry: { why: string; requestId: string | null },
): Promise<PutBackTicket[]> {
  const ids = tickets.map((ticket) => ticket.id);
  const dues = tickets.map((ticket) => ticket.freshDueAt.toISOString());
  const { rows } = await sql<PutBackTicket>`
    WITH back AS (
      UPDATE tickets t SET status = 'unassigned', assignee_id = NULL, assigned_at = NULL, snoozed_until = NULL,
        preferred_agent_id = NULL, version = t.version + 1, updated_at = now(),
        first_unanswered_at = coalesce(t.first_unanswered_at, now()),
        due_at = CASE WHEN t.first_unanswered_at IS NULL THEN f.due_at ELSE t.due_at END
      FROM unnest(${ids}::bigint[], ${dues}::timestamptz[]) AS f(id, due_at)
      WHERE t.id = f.id
      RETURNING t.id, t.conversation_id, t.urgency, t.queue, t.version
    ), remembered AS (
      INSERT INTO assignments (ticket_id, from_agent, why, version, request_id)
      SELECT id, ${agentId}::bigint, ${entry.why}::text, version, ${entry.requestId}::text FROM back
    )
    SELECT id, conversation_id AS "conversationId", urgency, queue, version FROM back ORDER BY id`.execute(tx);
  return rows;
}
