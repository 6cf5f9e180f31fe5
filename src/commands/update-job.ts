import type { ChatMessage } from "../contract/events.js";
import { type JobStatus, requireJobMove, words } from "../domain/matters.js";
import { recordActOfAdmin } from "./audit.js";
import { type CommandContext, transact } from "./context.js";
import { takeMatterPlace, tellMatter } from "./tell-matter.js";

/**
 * Says how a thread's job stands, and tells it there. Under the conversation's lock, so that of two at once one is the
 * later. Throws `conversation_not_found`, `forbidden`, `invalid_transition` after the job's end.
 */
export async function updateJob(
  ctx: CommandContext,
  input: { conversationId: number; jobStatus: JobStatus; note?: string | undefined },
): Promise<{ updateId: number; message: ChatMessage }> {
  const { conversationId, jobStatus, note = "" } = input;
  return transact(ctx, async (tx) => {
    const place = await takeMatterPlace(tx, ctx, conversationId);
    const last = await tx
      .selectFrom("job_updates")
      .select("job_status")
      .where("conversation_id", "=", conversationId)
      .orderBy("id", "desc")
      .limit(1)
      .executeTakeFirst();
    requireJobMove(last?.job_status ?? null, jobStatus);
    const { id } = await tx
      .insertInto("job_updates")
      .values({ conversation_id: conversationId, created_by: place.sender.id, job_status: jobStatus, note })
      .returning("id")
      .executeTakeFirstOrThrow();
    const shown = words(jobStatus);
    const message = await tellMatter(tx, ctx, place, {
      kind: "job_update",
      text: note === "" ? `Job status: ${shown}` : `Job status: ${shown}. ${note}`,
      metadata: { job_update_id: id, job_status: jobStatus, previous: last?.job_status ?? null },
    });
    await tx.updateTable("job_updates").set({ message_id: message.id }).where("id", "=", id).execute();
    await recordActOfAdmin(tx, ctx, {
      action: "job.update",
      subject: { kind: "conversation", id: conversationId },
      before: { job_status: last?.job_status ?? null },
      after: { job_status: jobStatus },
    });
    return { updateId: id, message };
  });
}
