import { sql } from "kysely";
import type { Tx } from "../db/database.js";
import { appendEvents } from "../db/outbox.js";
import { lockConversation, lockTicketOf } from "../db/queries/lock-ticket.js";
import { Refusal } from "../domain/errors.js";
import { type CommandContext, transact } from "./context.js";
import { hearCustomer } from "./hear-customer.js";

/** A customer's message that goes on with what it wrote before. */
export interface ContinuingMessage {
  /** The customer's outside id. */
  userId: string;
  body: string;
  /** One of that customer's tickets. */
  replyTo: number;
}

/**
 * A message with `reply_to`: it continues the open ticket of that conversation, reopens the named one when it was closed
 * within REOPEN_WITHIN_HOURS, and opens a new ticket on the same conversation later than that (DESIGN.md 7). Messages
 * without `reply_to` go through the Intake. Throws `message_not_found` for a ticket that is not that customer's.
 */
export async function receiveMessage(ctx: CommandContext, input: ContinuingMessage): Promise<{ ticketId: number }> {
  return transact(ctx, async (tx) => {
    const named = await findNamedTicket(tx, input);
    const conversation = await lockConversation(tx, named.conversationId);
    const ticket = await lockTicketOf(tx, named.conversationId, input.replyTo);
    // A customer that was erased while this waited for the lock is nobody's any more.
    if (!conversation || conversation.erased || !ticket)
      throw new Refusal("message_not_found", "There is no such message of this customer.");
    const sender = { id: named.customer.id, name: named.customer.name };
    const { ticketId, events } = await hearCustomer(tx, ctx, { conversation, ticket, sender, text: input.body });
    await appendEvents(tx, events, ctx.requestId);
    return { ticketId };
  });
}

async function findNamedTicket(tx: Tx, input: ContinuingMessage) {
  const { rows } = await sql<{ conversationId: number; id: number; name: string }>`
    /* find-named-ticket */
    SELECT t.conversation_id AS "conversationId", c.id, u.name
    FROM tickets t JOIN customers c ON c.id = t.customer_id JOIN users u ON u.id = c.id
    WHERE t.id = ${input.replyTo} AND c.user_id = ${input.userId}`.execute(tx);
  const [row] = rows;
  if (!row) throw new Refusal("message_not_found", "There is no such message of this customer.");
  return { conversationId: row.conversationId, customer: { id: row.id, name: row.name } };
}
