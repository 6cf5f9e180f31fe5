import { type RawBuilder, sql } from "kysely";
import type { Executor } from "../database.js";
import type { Statement } from "../one-trip.js";
import { type MessageRow, messageColumns, messageJoins, messageRowOf, type RawMessageRow } from "./read-message.js";

/** A ticket as seed 002 sees it: the row of a message, with its conversation's title. */
export interface TicketRow extends MessageRow {
  title: string;
  soldAt: Date | null;
}

type RawTicketRow = RawMessageRow & { title: string; sold_at: Date | null };

/** `name`: what it is prepared under, where the text is always the same. */
function statement(where: RawBuilder<unknown>, name?: string): RawBuilder<RawTicketRow> {
  return sql<RawTicketRow>`${sql.raw(name ? `/* ${name} */` : "")}
    SELECT ${messageColumns}, v.title, t.sold_at FROM tickets t ${messageJoins}
    JOIN conversations v ON v.id = t.conversation_id ${where}`;
}

function ticketRowsOf(rows: readonly RawTicketRow[]): TicketRow[] {
  return rows.map((row) => ({ ...messageRowOf(row), title: row.title, soldAt: row.sold_at }));
}

async function read(db: Executor, where: RawBuilder<unknown>, name?: string): Promise<TicketRow[]> {
  return ticketRowsOf((await statement(where, name).execute(db)).rows);
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
  return (await read(db, sql`WHERE t.id = ${id}`, "read-ticket"))[0] ?? null;
}

/** An agent holds at most the largest capacity there is. */
const heldMax = 1000;
const heldName = "held-tickets";
const heldBy = (agentIds: readonly number[]) =>
  statement(
    sql`WHERE t.assignee_id = ANY(${[...agentIds]}::bigint[]) AND t.closed_at IS NULL AND t.snoozed_until IS NULL
        ORDER BY t.due_at, t.id LIMIT ${heldMax * agentIds.length}`,
    heldName,
  );

/** What counts against an agent's capacity, in queue order. */
export async function readHeldTickets(db: Executor, agentId: number): Promise<TicketRow[]> {
  return ticketRowsOf((await heldBy([agentId]).execute(db)).rows);
}

/** The statement of `readHeldTickets` for several agents, to be sent behind another, and what its rows are. */
export function heldTicketsStatement(
  db: Executor,
  agentIds: readonly number[],
): Statement & { of: (rows: readonly unknown[]) => TicketRow[] } {
  const { sql: text, parameters } = heldBy(agentIds).compile(db);
  return { name: heldName, text, values: parameters, of: (rows) => ticketRowsOf(rows as RawTicketRow[]) };
}
