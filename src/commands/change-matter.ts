import type { ChatMessage } from "../contract/events.js";
import type { Tx } from "../db/database.js";
import { conversationAccess } from "../db/queries/conversation-access.js";
import { lockConversation } from "../db/queries/lock-ticket.js";
import { findMatter, type MatterRows, moveMatter } from "../db/queries/matters.js";
import { Refusal } from "../domain/errors.js";
import {
  type MatterKind,
  type MatterStatus,
  moveRefusal,
  requireMover,
  statesBefore,
  words,
} from "../domain/matters.js";
import { reachOf } from "../domain/policy.js";
import { recordActOfAdmin } from "./audit.js";
import { type CommandContext, transact } from "./context.js";
import { type MatterPlace, tellMatter } from "./tell-matter.js";

const notFound = { dispute: "dispute_not_found", payment: "payment_not_found" } as const;

/**
 * What a dispute and a payment have in common: the state after this one, by a guarded UPDATE, and the message that tells
 * of it, in one transaction under the conversation's lock. The message repeats nothing that its participants wrote.
 */
export async function changeMatter<K extends MatterKind>(
  ctx: CommandContext,
  kind: K,
  input: { id: number; status: MatterStatus[K]; note?: string | undefined },
): Promise<{ row: MatterRows[K]; message: ChatMessage }> {
  const { id, status, note = "" } = input;
  const decides = reachOf(ctx.actor, "matter.decide") !== null;
  return transact(ctx, async (tx) => {
    const { place, began, was } = await takeMatter(tx, ctx, kind, id);
    requireMover(kind, status, { began, decides });
    const move = { id, from: statesBefore(kind, status), to: status, note, changedBy: ctx.actor.id };
    const row = await moveMatter(tx, kind, move);
    if (!row) throw moveRefusal(kind, was, status);
    const text = `${kind === "dispute" ? "Dispute" : "Payment"} ${id}: ${words(status)}${note === "" ? "" : `. ${note}`}`;
    const metadata = { [`${kind}_id`]: id, status, previous: was };
    const message = await tellMatter(tx, ctx, place, { kind, text, metadata });
    await recordActOfAdmin(tx, ctx, {
      action: `${kind}.update`,
      subject: { kind, id },
      before: { status: was },
      after: { status },
    });
    return { row, message };
  });
}

/** A matter and its conversation, which is locked first, as by all who write in it. */
async function takeMatter<K extends MatterKind>(
  tx: Tx,
  ctx: CommandContext,
  kind: K,
  id: number,
): Promise<{ place: MatterPlace; began: boolean; was: MatterStatus[K] }> {
  const { actor } = ctx;
  const gone = () => new Refusal(notFound[kind], `There is no such ${kind}.`);
  const seen = await findMatter(tx, kind, id);
  const conversation = seen && (await lockConversation(tx, seen.conversationId));
  const access = conversation && (await conversationAccess(tx, actor, conversation.id, ctx.sight));
  const matter = conversation && (await findMatter(tx, kind, id));
  if (!conversation || !access || !matter) throw gone();
  if (actor.id === null) throw new Refusal("forbidden", "Who decides here has a token of its own.");
  const place = { conversation, sender: { id: actor.id, name: actor.name, role: actor.role } };
  return { place, began: access.mayWrite && matter.createdBy === actor.id, was: matter.status };
}
