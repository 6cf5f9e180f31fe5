import { lockConversation } from "../db/queries/lock-ticket.js";
import { type CommandContext, transact } from "./context.js";
import { type HandOverReason, handOverInTransaction } from "./hand-over-to-agents.js";
import { reasonToHandOver } from "./reason-to-hand-over.js";

/**
 * Hands a bot's conversation over at once where what its customer just wrote asks for a person or is urgent: nobody waits
 * for the bot to be asked. null: a bot may answer it, or it is no bot's. Where this is lost, the bot's turn decides the
 * same, and after 60 s the sweep.
 */
export async function handOverIfAsked(
  ctx: Pick<CommandContext, "db" | "wake" | "limits" | "requestId">,
  { conversationId, text }: { conversationId: number; text: string },
): Promise<HandOverReason | null> {
  const reason = reasonToHandOver(text);
  if (!reason) return null;
  return transact(ctx, async (tx) => {
    await lockConversation(tx, conversationId);
    const { kind } = await tx
      .selectFrom("conversations")
      .select("kind")
      .where("id", "=", conversationId)
      .executeTakeFirstOrThrow();
    if (kind !== "bot") return null;
    await handOverInTransaction(tx, ctx, { conversationId, reason });
    return reason;
  });
}
