import { type RawBuilder, sql } from "kysely";
import type { TicketStatus, UrgencyLevel } from "../../domain/ticket.js";
import type { Executor } from "../database.js";

/** What a scan is narrowed to. */
export interface ScanFilters {
  status?: TicketStatus | undefined;
  queue?: string | undefined;
  level?: UrgencyLevel | undefined;
  agentId?: number | undefined;
}

/** A ticket in one line. */
export interface ScannedTicket {
  id: number;
  status: TicketStatus;
  sold: boolean;
  queue: string;
  level: UrgencyLevel | null;
  urgency: number | null;
  agentId: number | null;
  agentName: string | null;
  customer: string;
  /** The first 200 characters of its first message. */
  body: string;
  dueAt: Date;
  createdAt: Date;
  snoozedUntil: Date | null;
  /** Where a page that ends with it goes on: `due_at` in microseconds, and the id. */
  place: string;
}

/**
 * A page of tickets: waiting ones in queue order when the status says so, else the newest first. The status is written
 * into the statement, not bound, so that the partial indexes of the waiting ones are used.
 */
export async function scanTickets(
  db: Executor,
  options: { filters: ScanFilters; after?: { place: string; id: number } | undefined; limit: number },
): Promise<ScannedTicket[]> {
  const { filters, after, limit } = options;
  const inQueueOrder = filters.status === "unassigned";
  const by = inQueueOrder ? sql`t.due_at, t.id` : sql`t.id DESC`;
  const conditions: RawBuilder<unknown>[] = [sql`true`];
  if (filters.status) conditions.push(sql`t.status = ${sql.lit(filters.status)}`);
  if (filters.queue !== undefined) conditions.push(sql`t.queue = ${filters.queue}`);
  if (filters.level) conditions.push(sql`t.urgency_level = ${filters.level}`);
  if (filters.agentId !== undefined) conditions.push(sql`t.assignee_id = ${filters.agentId}`);
  if (after && inQueueOrder) conditions.push(sql`(t.due_at, t.id) > (${after.place}::timestamptz, ${after.id})`);
  else if (after) conditions.push(sql`t.id < ${after.id}`);
  const { rows } = await sql<ScannedTicket>`
    WITH page AS MATERIALIZED (
      SELECT t.id FROM tickets t WHERE ${sql.join(conditions, sql` AND `)} ORDER BY ${by} LIMIT ${limit})
    SELECT t.id, t.status, t.sold_at IS NOT NULL AS sold, t.queue, t.urgency_level AS level, t.urgency,
           t.assignee_id AS "agentId", a.name AS "agentName", c.user_id AS customer, left(m.text, 200) AS body,
           t.due_at AS "dueAt", t.created_at AS "createdAt", t.snoozed_until AS "snoozedUntil",
           to_char(t.due_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS place
    FROM page
    JOIN tickets t ON t.id = page.id
    JOIN messages m ON m.id = t.opening_message_id
    JOIN customers c ON c.id = t.customer_id
    LEFT JOIN users a ON a.id = t.assignee_id
    ORDER BY ${by}`.execute(db);
  return rows;
}
