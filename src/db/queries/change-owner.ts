import { sql } from "kysely";
import type { Tx } from "../database.js";
import type { LockedTicket } from "./lock-ticket.js";

/**
 * Gives a locked ticket back to the queue. Its age is kept; an answered one starts its age anew (DESIGN.md 7).
 * Returns the new version.
 */
export async function putBackToQueue(
  tx: Tx,
  ticket: LockedTicket,
  freshDueAt: Date,
  preferredAgentId: number | null,
): Promise<number> {
  const row = await tx
    .updateTable("tickets")
    .set({
      status: "unassigned",
      assignee_id: null,
      assigned_at: null,
      snoozed_until: null,
      closed_at: null,
      sold_at: null,
      preferred_agent_id: preferredAgentId,
      version: ticket.version + 1,
      updated_at: sql<Date>`now()`,
      ...(ticket.firstUnansweredAt === null ? { first_unanswered_at: sql<Date>`now()`, due_at: freshDueAt } : {}),
    })
    .where("id", "=", ticket.id)
    .returning("version")
    .executeTakeFirstOrThrow();
  return row.version;
}

/** Gives a locked, owned ticket to another agent, whose row the caller has locked and counted. Returns the new version. */
export async function giveToAgent(tx: Tx, ticket: LockedTicket, agentId: number): Promise<number> {
  const row = await tx
    .updateTable("tickets")
    .set({
      assignee_id: agentId,
      assigned_at: sql<Date>`now()`,
      snoozed_until: null,
      version: ticket.version + 1,
      updated_at: sql<Date>`now()`,
    })
    .where("id", "=", ticket.id)
    .returning("version")
    .executeTakeFirstOrThrow();
  return row.version;
}

/** The database's clock. */
export async function databaseNow(tx: Tx): Promise<Date> {
  const { rows } = await sql<{ now: Date }>`SELECT now() AS now`.execute(tx);
  return rows[0]?.now ?? new Date();
}
