import { sql } from "kysely";
import type { Tx } from "../db/database.js";
import { type ConversationAccess, conversationAccess } from "../db/queries/conversation-access.js";
import { type LockedConversation, lockConversation } from "../db/queries/lock-ticket.js";
import { findUsers, renewKey } from "../db/queries/threads.js";
import { sqlState } from "../db/transaction.js";
import { Refusal } from "../domain/errors.js";
import { recordActOfAdmin } from "./audit.js";
import { type CommandContext, transact } from "./context.js";
import { tellConversation } from "./tell-conversation.js";

/**
 * Changes title and archive of a conversation, and tells it; for those who take part, and admins. What is so already is
 * no change. Throws `conversation_not_found`.
 */
export async function changeConversation(
  ctx: CommandContext,
  input: { conversationId: number; title?: string | undefined; isArchived?: boolean | undefined },
): Promise<void> {
  const { conversationId, title, isArchived } = input;
  await transact(ctx, async (tx) => {
    const was = await takeConversation(tx, ctx, conversationId);
    const retitled = title !== undefined && title !== was.title;
    const moved = isArchived !== undefined && isArchived !== was.isArchived;
    if (!retitled && !moved) return;
    await tx
      .updateTable("conversations")
      .set({ ...(retitled ? { title } : {}), ...(moved ? { is_archived: isArchived } : {}) })
      .where("id", "=", conversationId)
      .execute();
    await tellConversation(tx, conversationId, ctx.requestId);
    // A title may be a customer's words: only that it is another one is kept.
    await recordActOfAdmin(tx, ctx, {
      action: "conversation.update",
      subject: { kind: "conversation", id: conversationId },
      before: moved ? { is_archived: was.isArchived } : null,
      after: { ...(retitled ? { fields: ["title"] } : {}), ...(moved ? { is_archived: isArchived } : {}) },
    });
  });
}

/**
 * Deletes a thread for all of its participants; the next one of them is a new one. For who opened it, and admins. Throws
 * `conversation_not_found`, and `forbidden` for another participant and for a support case, which goes with its ticket.
 */
export async function deleteThread(ctx: CommandContext, input: { conversationId: number }): Promise<void> {
  await transact(ctx, async (tx) => {
    const { createdBy, access } = await takeConversation(tx, ctx, input.conversationId);
    if (access.kind !== "direct") throw new Refusal("forbidden", "Only threads are deleted here.");
    requireOpener(ctx, createdBy, "Only who opened a thread deletes it.");
    await tx
      .updateTable("conversations")
      .set({ deleted_at: sql<Date>`now()` })
      .where("id", "=", input.conversationId)
      .execute();
    // Nobody reads it any more, so nothing of it is unread.
    await sql`
      UPDATE participants SET unread_count = 0 WHERE conversation_id = ${input.conversationId} AND unread_count > 0`.execute(
      tx,
    );
    await recordActOfAdmin(tx, ctx, {
      action: "conversation.delete",
      subject: { kind: "conversation", id: input.conversationId },
      before: { created_by: createdBy },
    });
  });
}

/**
 * Adds somebody to a conversation; again: nothing. In a thread any participant does, in a support case staff. Throws
 * `conversation_not_found`, `user_not_found`, `forbidden`, `thread_taken` when there is a thread of them all.
 */
export async function addParticipant(
  ctx: CommandContext,
  input: { conversationId: number; userId: number },
): Promise<void> {
  const { conversationId, userId } = input;
  await transact(ctx, async (tx) => {
    const { conversation, access } = await takeConversation(tx, ctx, conversationId);
    if (access.kind !== "direct" && ctx.actor.role === "customer") {
      throw new Refusal("forbidden", "Only staff adds somebody to a support case.");
    }
    const [user] = await findUsers(tx, [userId]);
    if (!user) throw new Refusal("user_not_found", "There is no such user.");
    // What was said before somebody came is there to be read, and is not unread.
    const { rows: added } = await sql`
      INSERT INTO participants (conversation_id, user_id, role, last_read_seq)
      VALUES (${conversationId}, ${userId}, 'member', ${conversation.lastSeq})
      ON CONFLICT (conversation_id, user_id) DO UPDATE SET role = 'member' WHERE participants.role = 'agent'
      RETURNING user_id`.execute(tx);
    if (added.length === 0) return;
    await renewKeyOrRefuse(tx, conversationId);
    await tellConversation(tx, conversationId, ctx.requestId);
    await recordActOfAdmin(tx, ctx, {
      action: "conversation.join",
      subject: { kind: "conversation", id: conversationId },
      after: { user_id: userId },
    });
  });
}

/**
 * Takes somebody out of a conversation: everybody itself, others by who opened it and admins. Not a support case's
 * customer. Throws `conversation_not_found`, `user_not_found` for who does not take part, `forbidden`, `thread_taken`.
 */
export async function removeParticipant(
  ctx: CommandContext,
  input: { conversationId: number; userId: number },
): Promise<void> {
  const { conversationId, userId } = input;
  await transact(ctx, async (tx) => {
    const { createdBy } = await takeConversation(tx, ctx, conversationId);
    if (userId !== ctx.actor.id) requireOpener(ctx, createdBy, "Only who opened it takes others out.");
    const row = await tx
      .selectFrom("participants")
      .select("role")
      .where("conversation_id", "=", conversationId)
      .where("user_id", "=", userId)
      .executeTakeFirst();
    if (!row) throw new Refusal("user_not_found", "This user does not take part.");
    if (row.role === "customer") throw new Refusal("forbidden", "A support case keeps its customer.");
    await tx
      .deleteFrom("participants")
      .where("conversation_id", "=", conversationId)
      .where("user_id", "=", userId)
      .execute();
    await renewKeyOrRefuse(tx, conversationId);
    await tellConversation(tx, conversationId, ctx.requestId);
    await recordActOfAdmin(tx, ctx, {
      action: "conversation.leave",
      subject: { kind: "conversation", id: conversationId },
      before: { user_id: userId },
    });
  });
}

interface ConversationInHand {
  conversation: LockedConversation;
  access: ConversationAccess;
  createdBy: number | null;
  title: string;
  isArchived: boolean;
}

/** A conversation that the actor may write in, or an admin changes, under its lock. */
async function takeConversation(tx: Tx, ctx: CommandContext, id: number): Promise<ConversationInHand> {
  const conversation = await lockConversation(tx, id);
  const access = conversation && (await conversationAccess(tx, ctx.actor, id, ctx.sight));
  if (!conversation || !access) throw new Refusal("conversation_not_found", "There is no such conversation.");
  const row = await tx
    .selectFrom("conversations")
    .select(["created_by as createdBy", "title", "is_archived as isArchived"])
    .where("id", "=", id)
    .executeTakeFirstOrThrow();
  return { conversation, access, ...row };
}

function requireOpener(ctx: CommandContext, createdBy: number | null, detail: string): void {
  const isOpener = createdBy !== null && createdBy === ctx.actor.id;
  if (!isOpener && ctx.actor.role !== "admin") throw new Refusal("forbidden", detail);
}

async function renewKeyOrRefuse(tx: Tx, conversationId: number): Promise<void> {
  try {
    await renewKey(tx, conversationId);
  } catch (error) {
    if (sqlState(error) !== "23505") throw error;
    throw new Refusal("thread_taken", "There is a thread of these participants already.");
  }
}
