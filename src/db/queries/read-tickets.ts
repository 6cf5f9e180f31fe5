import { type RawBuilder, sql } from "kysely";
import type { Executor } from "../database.js";
import { type MessageRow, messageColumns, messageJoins, messageRowOf, type RawMessageRow } from "./read-message.js";

/** A ticket as seed 002 sees it: the row of a message, with its conversation's title. */
export interface TicketRow extends MessageRow {
  title: string;
  soldAt: Date | null;
}

type RawTicketRow = RawMessageRow & { title: string; sold_at: Date | null };

async function read(db: Executor, where: RawBuilder<unknown>): Promise<TicketRow[]> {
  const { rows } = await sql<RawTicketRow>`
    SELECT ${messageColumns}, v.title, t.sold_at FROM tickets t ${messageJoins}
    JOIN conversations v ON v.id = t.conversation_id ${where}`.execute(db);
  return rows.map((row) => ({ ...messageRowOf(row), title: row.title, soldAt: row.sold_at }));
}

/** What the statuses of seed 002 are in the columns; `sold` is closed with a time of sale. */
const statusConditions = {
  unassigned: sql`AND t.status = 'unassigned'`,
  assigned: sql`AND t.status = 'in_progress'`,
  sold: sql`AND t.status = 'closed' AND t.sold_at IS NOT NULL`,
  closed: sql`AND t.status = 'closed' AND t.sold_at IS NULL`,
} as const;

/** Tickets by id, newest first, before `beforeId`. */
export function listTickets(
  db: Executor,
  options: { status: keyof typeof statusConditions | undefined; beforeId: number | undefined; limit: number },
): Promise<TicketRow[]> {
  const { status, beforeId, limit } = options;
  return read(
    db,
    sql`WHERE t.id IN (
          SELECT t.id FROM tickets t
          WHERE true ${status ? statusConditions[status] : sql``}
            ${beforeId === undefined ? sql`` : sql`AND t.id < ${beforeId}`}
          ORDER BY t.id DESC LIMIT ${limit})
        ORDER BY t.id DESC`,
  );
}

/** One ticket by its id, or null. */
export async function readTicket(db: Executor, id: number): Promise<TicketRow | null> {
  return (await read(db, sql`WHERE t.id = ${id}`))[0] ?? null;
}

/** What counts against an agent's capacity, in queue order: at most the largest capacity there is. */
export function readHeldTickets(db: Executor, agentId: number): Promise<TicketRow[]> {
  return read(
    db,
    sql`WHERE t.assignee_id = ${agentId} AND t.closed_at IS NULL AND t.snoozed_until IS NULL
        ORDER BY t.due_at, t.id LIMIT 1000`,
  );
}
