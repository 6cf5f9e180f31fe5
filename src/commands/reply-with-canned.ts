import { isBlank } from "../contract/is-blank.js";
import type { Tx } from "../db/database.js";
import { agentName } from "../db/queries/lock-agent.js";
import { Refusal } from "../domain/errors.js";
import { fillPlaceholders } from "../domain/fill-placeholders.js";
import { type CommandContext, transact } from "./context.js";
import { type ReplyInput, replyInTransaction } from "./reply-to-ticket.js";

export interface CannedReplyInput extends Omit<ReplyInput, "text" | "cannedId"> {
  cannedId: number;
  /** Values of the sender's own; they win over the ones that the desk knows. */
  variables?: Record<string, string> | undefined;
}

/** Characters (code points, as Postgres counts them). */
const textMax = 10_000;

/**
 * Replies with a canned text, its placeholders filled in, and counts its use. Refusals as `replyToTicket`, and
 * `canned_not_found`, which as a 404 comes before the ticket's state is looked at.
 */
export async function replyWithCanned(ctx: CommandContext, input: CannedReplyInput): Promise<{ ticketId: number }> {
  return transact(ctx, async (tx) => {
    const known = await valuesOf(tx, input);
    const canned = await tx
      .selectFrom("canned_replies")
      .select("text")
      .where("id", "=", input.cannedId)
      .executeTakeFirst();
    if (!canned) throw new Refusal("canned_not_found", "There is no such canned reply.");
    const text = fillPlaceholders(canned.text, { ...known, ...input.variables }).trim();
    if (isBlank(text)) throw new Refusal("empty_reply", "The canned reply is empty once it is filled in.");
    if ([...text].length > textMax)
      throw new Refusal("invalid_body", "The canned reply is too long once it is filled in.");
    const result = await replyInTransaction(tx, ctx, { ...input, text, cannedId: input.cannedId });
    await tx
      .updateTable("canned_replies")
      .set((eb) => ({ uses: eb("uses", "+", 1) }))
      .where("id", "=", input.cannedId)
      .execute();
    return result;
  });
}

async function valuesOf(tx: Tx, input: CannedReplyInput): Promise<Record<string, string>> {
  const row = await tx
    .selectFrom("tickets")
    .innerJoin("customers", "customers.id", "tickets.customer_id")
    .innerJoin("users", "users.id", "customers.id")
    .select(["users.name", "customers.user_id", "customers.email", "customers.phone"])
    .where("tickets.id", "=", input.ticketId)
    .executeTakeFirst();
  if (!row) throw new Refusal("message_not_found", "There is no such message.");
  return {
    "customer.name": row.name || row.user_id,
    "customer.user_id": row.user_id,
    "customer.email": row.email ?? "",
    "customer.phone": row.phone ?? "",
    "agent.name": (await agentName(tx, input.agentId)) ?? "",
    "agent.id": String(input.agentId),
    "message.id": String(input.ticketId),
  };
}
