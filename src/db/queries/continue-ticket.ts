import { sql } from "kysely";
import type { Tx } from "../database.js";

/** A ticket after another message of a customer. */
export interface ContinuedTicket {
  id: number;
  /** Who said it. */
  senderId: number;
  /** It was closed, and waits again; who had it is offered it first. */
  reopens: boolean;
  version: number;
  customerSeq: number;
  firstUnansweredAt: Date;
  dueAt: Date;
  followUps: number;
  now: Date;
}

/**
 * Writes that a customer said something more in a ticket that the caller has locked: the burst is scored again, a ticket
 * that is snoozed is woken, and the customer was seen.
 */
export async function continueTicket(tx: Tx, ticket: ContinuedTicket): Promise<void> {
  const { now } = ticket;
  const reopens = sql`${ticket.reopens}::boolean`;
  await sql`
    /* continue-ticket */
    WITH continued AS (
      UPDATE tickets SET version = ${ticket.version}, customer_seq = ${ticket.customerSeq}, scored_at = NULL,
             first_unanswered_at = ${ticket.firstUnansweredAt}, due_at = ${ticket.dueAt},
             follow_ups = ${ticket.followUps}, updated_at = ${now},
             snoozed_until = CASE WHEN snoozed_until IS NOT NULL THEN ${now}::timestamptz END,
             status = CASE WHEN ${reopens} THEN 'unassigned' ELSE status END,
             assignee_id = CASE WHEN ${reopens} THEN NULL ELSE assignee_id END,
             preferred_agent_id = CASE WHEN ${reopens} THEN assignee_id ELSE preferred_agent_id END,
             assigned_at = CASE WHEN ${reopens} THEN NULL ELSE assigned_at END,
             routed_at = CASE WHEN ${reopens} THEN NULL ELSE routed_at END,
             closed_at = CASE WHEN ${reopens} THEN NULL ELSE closed_at END,
             sold_at = CASE WHEN ${reopens} THEN NULL ELSE sold_at END
      WHERE id = ${ticket.id}
    )
    UPDATE customers SET last_seen_at = now() WHERE id = ${ticket.senderId}`.execute(tx);
}
