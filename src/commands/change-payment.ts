import type { ChatMessage } from "../contract/events.js";
import type { PaymentRow } from "../db/queries/matters.js";
import type { PaymentStatus } from "../domain/matters.js";
import { changeMatter } from "./change-matter.js";
import type { CommandContext } from "./context.js";

/**
 * Says what became of a payment, and tells it in its thread; no money moves here. Who initiated it cancels it before it is
 * processed; the rest is for admins to say. Of two at once one does. Throws `payment_not_found` for a stranger's,
 * `forbidden`, `invalid_transition` with `payment_status`.
 */
export async function changePayment(
  ctx: CommandContext,
  input: { paymentId: number; status: PaymentStatus; note?: string | undefined },
): Promise<{ payment: PaymentRow; message: ChatMessage }> {
  const { paymentId, status, note } = input;
  const { row, message } = await changeMatter(ctx, "payment", { id: paymentId, status, note });
  return { payment: row, message };
}
