import type { Database } from "../../../db/database.js";
import { readMessage } from "../../../db/queries/read-message.js";
import { Refusal } from "../../../domain/errors.js";
import { presentMessage } from "../../presenters/message.js";

/** The answer that shows a message as it now stands; 404 when it is gone. */
export async function answerMessage(db: Database, ticketId: number, status = 200) {
  const row = await readMessage(db.kysely, ticketId);
  if (!row) throw new Refusal("message_not_found", "There is no such message.");
  return { status, body: presentMessage(row) };
}
