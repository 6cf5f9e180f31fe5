import type { ChatMessage } from "../contract/events.js";
import { recordActOfAdmin } from "./audit.js";
import { type CommandContext, transact } from "./context.js";
import { takeMatterPlace, tellMatter } from "./tell-matter.js";

/** Opens a dispute about a thread, and tells it there. Throws `conversation_not_found`, `forbidden`. */
export async function createDispute(
  ctx: CommandContext,
  input: { conversationId: number; subject: string; description: string; amount?: number | undefined },
): Promise<{ disputeId: number; message: ChatMessage }> {
  const { conversationId, subject, description, amount = null } = input;
  return transact(ctx, async (tx) => {
    const place = await takeMatterPlace(tx, ctx, conversationId);
    const { id } = await tx
      .insertInto("disputes")
      .values({ conversation_id: conversationId, created_by: place.sender.id, subject, description, amount })
      .returning("id")
      .executeTakeFirstOrThrow();
    const message = await tellMatter(tx, ctx, place, {
      kind: "dispute",
      text: `Dispute opened: ${subject}`,
      metadata: { dispute_id: id, subject, amount, status: "open" },
    });
    await tx.updateTable("disputes").set({ message_id: message.id }).where("id", "=", id).execute();
    await recordActOfAdmin(tx, ctx, {
      action: "dispute.create",
      subject: { kind: "dispute", id },
      after: { conversation_id: conversationId, amount },
    });
    return { disputeId: id, message };
  });
}
