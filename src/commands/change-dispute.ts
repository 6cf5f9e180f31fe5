import type { ChatMessage } from "../contract/events.js";
import type { DisputeRow } from "../db/queries/matters.js";
import type { DisputeStatus } from "../domain/matters.js";
import { changeMatter } from "./change-matter.js";
import type { CommandContext } from "./context.js";

/**
 * Says how a dispute stands from now on, and tells it in its thread. Who opened it withdraws it, admins review and decide.
 * Of two who decide at once one does. Throws `dispute_not_found` for a stranger's, `forbidden`, `invalid_transition` with
 * `dispute_status`.
 */
export async function changeDispute(
  ctx: CommandContext,
  input: { disputeId: number; status: DisputeStatus; note?: string | undefined },
): Promise<{ dispute: DisputeRow; message: ChatMessage }> {
  const { disputeId, status, note } = input;
  const { row, message } = await changeMatter(ctx, "dispute", { id: disputeId, status, note });
  return { dispute: row, message };
}
