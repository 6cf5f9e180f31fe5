import { findThread, findUsers, insertThread, participantKey } from "../db/queries/threads.js";
import { Refusal } from "../domain/errors.js";
import { recordActOfAdmin } from "./audit.js";
import { type CommandContext, transact } from "./context.js";

export interface ThreadToOpen {
  /** Who takes part; the caller does, whether named or not, but for an admin that opens one for others. */
  participantIds: readonly number[];
  jobId?: number | undefined;
  title?: string | undefined;
}

/** A thread that another deletes at that moment: more rounds than that have never been needed. */
const rounds = 3;

/**
 * The thread of these participants and that job: the one that there is, else a new one; never two, which a unique index
 * sees to. Throws `user_not_found` with the ids that nobody has, `invalid_body` for one alone.
 */
export async function openThread(
  ctx: CommandContext,
  input: ThreadToOpen,
): Promise<{ conversationId: number; isNew: boolean }> {
  const { actor } = ctx;
  if (actor.id === null) throw new Refusal("forbidden", "Who opens a thread has a token of its own.");
  const others = actor.role === "admin" && input.participantIds.length > 1;
  const userIds = [...new Set(others ? input.participantIds : [...input.participantIds, actor.id])].sort(
    (a, b) => a - b,
  );
  const key = participantKey(userIds);
  if (key === null) {
    throw new Refusal("invalid_body", "A thread has two participants at least.", {
      errors: [{ path: "body.participant_ids", message: "must name somebody else" }],
    });
  }
  const { jobId = null, title = "" } = input;
  return transact(ctx, async (tx) => {
    const found = new Set((await findUsers(tx, userIds)).map((user) => user.id));
    const missing = userIds.filter((id) => !found.has(id));
    if (missing.length > 0) throw new Refusal("user_not_found", "There is no such user.", { user_ids: missing });
    for (let round = 0; round < rounds; round++) {
      const there = await findThread(tx, key, jobId);
      if (there !== null) return { conversationId: there, isNew: false };
      const made = await insertThread(tx, { key, jobId, title, createdBy: actor.id, userIds });
      if (made === null) continue;
      await recordActOfAdmin(tx, ctx, {
        action: "conversation.open",
        subject: { kind: "conversation", id: made },
        after: { user_ids: userIds, job_id: jobId },
      });
      return { conversationId: made, isNew: true };
    }
    throw new Refusal("unavailable", "The thread is being changed, try again.");
  });
}
