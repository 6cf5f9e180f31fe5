import { type RawBuilder, sql } from "kysely";
import type { Sight, TicketPlace } from "../../domain/visibility.js";
import type { Executor } from "../database.js";

/** `sees` as a condition on the ticket `t`, for where something else makes the rows few; `true` for who sees all. */
export function inSight(sight: Sight): RawBuilder<boolean> {
  switch (sight.kind) {
    case "all":
      return sql<boolean>`true`;
    case "own":
      return sql<boolean>`t.assignee_id = ${sight.agentId}`;
    case "queues":
      return sql<boolean>`(t.assignee_id = ${sight.agentId} OR t.queue = ANY(${[...sight.queues]}::text[]))`;
  }
}

/** Whether there is a ticket of that id in sight; one that is hidden is as good as none. */
export async function isTicketInSight(db: Executor, sight: Sight, ticketId: number): Promise<boolean> {
  const { rows } = await sql`SELECT FROM tickets t WHERE t.id = ${ticketId} AND ${inSight(sight)}`.execute(db);
  return rows.length > 0;
}

/** What decides who sees a ticket; null when there is none of that id. */
export async function readTicketPlace(db: Executor, ticketId: number): Promise<TicketPlace | null> {
  const row = await db
    .selectFrom("tickets")
    .select(["queue", "assignee_id as assigneeId"])
    .where("id", "=", ticketId)
    .executeTakeFirst();
  return row ?? null;
}

/** The queues that agents list, by agent, [] for all; who is no agent any more is not among them. */
export async function readQueuesOf(db: Executor, agentIds: readonly number[]): Promise<Map<number, string[]>> {
  const { rows } = await sql<{ agentId: number; queues: string[] }>`
    SELECT a.id AS "agentId", ARRAY(SELECT q.queue FROM agent_queues q WHERE q.agent_id = a.id ORDER BY q.queue) AS queues
    FROM agents a JOIN users u ON u.id = a.id
    WHERE a.id = ANY(${[...agentIds]}::bigint[]) AND a.deleted_at IS NULL AND u.disabled_at IS NULL`.execute(db);
  return new Map(rows.map((row) => [row.agentId, row.queues]));
}

/** A customer is seen by whoever sees one of its tickets: a condition on `customers.id`. */
export function customerInSight(sight: Sight): RawBuilder<boolean> {
  return sql<boolean>`EXISTS (SELECT FROM tickets t WHERE t.customer_id = customers.id AND ${inSight(sight)})`;
}

/** Whether there is a customer of that id of whom a ticket is in sight. */
export async function isCustomerInSight(db: Executor, sight: Sight, customerId: number): Promise<boolean> {
  const { rows } = await sql`
    SELECT FROM tickets t WHERE t.customer_id = ${customerId} AND ${inSight(sight)} LIMIT 1`.execute(db);
  return rows.length > 0;
}
