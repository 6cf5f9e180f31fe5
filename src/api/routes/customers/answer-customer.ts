import type { Database } from "../../../db/database.js";
import { readBounce } from "../../../db/queries/bounces.js";
import { listMessages } from "../../../db/queries/list-messages.js";
import { readCustomer } from "../../../db/queries/read-customer.js";
import { Refusal } from "../../../domain/errors.js";
import type { Sight } from "../../../domain/visibility.js";
import { presentCustomer, presentMessage } from "../../presenters/message.js";

const ticketsMax = 50;

/** The answer that shows a customer with its latest tickets in sight; 404 when there is none of that id. */
export async function answerCustomer(db: Database, customerId: number, sight: Sight) {
  const row = await readCustomer(db.kysely, customerId);
  if (!row) throw new Refusal("customer_not_found", "There is no such customer.");
  const filters = { userId: row.userId };
  const tickets = await listMessages(db.kysely, { filters, order: "newest", limit: ticketsMax, sight });
  const bounce = await readBounce(db.kysely, row.email);
  const body = {
    ...presentCustomer(row),
    tickets: tickets.map(({ message }) => presentMessage(message)),
    mail_bounced: bounce && { code: bounce.code, answer: bounce.answer, bounced_at: bounce.bouncedAt.toISOString() },
  };
  return { status: 200, body };
}
