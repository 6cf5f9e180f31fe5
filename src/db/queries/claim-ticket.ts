import { sql } from "kysely";
import type { Tx } from "../database.js";

export interface ClaimedRow {
  conversationId: number;
  version: number;
  queue: string;
}

/**
 * The guarded update: it takes the ticket only while it waits. No row means that somebody was first, that it is closed,
 * or that it does not exist; the row's lock makes the loser wait for the winner's commit, never for longer. Its status is
 * asked for in a way that no partial index answers: the ticket is found by its key, never in a walk along what waits.
 */
export async function takeWaitingTicket(tx: Tx, ticketId: number, agentId: number): Promise<ClaimedRow | null> {
  const { rows } = await sql<ClaimedRow>`
    UPDATE tickets SET status = 'in_progress', assignee_id = ${agentId}, assigned_at = now(), updated_at = now(),
                       version = version + 1
    WHERE id = ${ticketId} AND status || '' = 'unassigned'
    RETURNING conversation_id AS "conversationId", version, queue`.execute(tx);
  return rows[0] ?? null;
}

/** Writes a change of owner into the ticket's history. */
export async function recordAssignment(
  tx: Tx,
  entry: {
    ticketId: number;
    from: number | null;
    to: number | null;
    why: string;
    version: number;
    requestId: string | null;
    decision?: Record<string, unknown>;
  },
): Promise<void> {
  await tx
    .insertInto("assignments")
    .values({
      ticket_id: entry.ticketId,
      from_agent: entry.from,
      to_agent: entry.to,
      why: entry.why,
      version: entry.version,
      request_id: entry.requestId,
      decision: entry.decision ? JSON.stringify(entry.decision) : null,
    })
    .execute();
}
