import type { Database } from "../../../db/database.js";
import { readTicket } from "../../../db/queries/read-tickets.js";
import { Refusal } from "../../../domain/errors.js";
import { presentTicket } from "../../presenters/ticket.js";

/** The answer that shows a ticket as it now stands; 404 when it is gone. */
export async function answerTicket(db: Database, ticketId: number, status = 200) {
  const row = await readTicket(db.kysely, ticketId);
  if (!row) throw new Refusal("ticket_not_found", "There is no such ticket.");
  return { status, body: presentTicket(row) };
}
