import type { ChatMessage } from "../contract/events.js";
import { recordActOfAdmin } from "./audit.js";
import { type CommandContext, transact } from "./context.js";
import { takeMatterPlace, tellMatter } from "./tell-matter.js";

/** A payment as it was initiated. */
export interface InitiatedPayment {
  id: number;
  amount: number;
  currency: string;
  description: string;
  initiatedBy: number;
  createdAt: Date;
}

const defaultCurrency = "USD";

/** Initiates a payment in a thread, and tells it there. No money moves here. Throws `conversation_not_found`, `forbidden`. */
export async function initiatePayment(
  ctx: CommandContext,
  input: { conversationId: number; amount: number; currency?: string | undefined; description?: string | undefined },
): Promise<{ payment: InitiatedPayment; message: ChatMessage }> {
  const { conversationId, amount, currency = defaultCurrency, description = "" } = input;
  return transact(ctx, async (tx) => {
    const place = await takeMatterPlace(tx, ctx, conversationId);
    const initiatedBy = place.sender.id;
    const row = await tx
      .insertInto("payments")
      .values({ conversation_id: conversationId, created_by: initiatedBy, amount, currency, description })
      .returning(["id", "amount", "created_at"])
      .executeTakeFirstOrThrow();
    const message = await tellMatter(tx, ctx, place, {
      kind: "payment",
      text: `Payment initiated: ${row.amount} ${currency}`,
      metadata: { payment_id: row.id, amount: Number(row.amount), currency, description, status: "initiated" },
    });
    await tx.updateTable("payments").set({ message_id: message.id }).where("id", "=", row.id).execute();
    await recordActOfAdmin(tx, ctx, {
      action: "payment.create",
      subject: { kind: "payment", id: row.id },
      after: { conversation_id: conversationId, amount: Number(row.amount), currency },
    });
    const payment = { id: row.id, amount: Number(row.amount), currency, description, initiatedBy };
    return { payment: { ...payment, createdAt: row.created_at }, message };
  });
}
