import { conversationStream } from "../contract/events.js";
import { appendEvents } from "../db/outbox.js";
import { eraseAnswers } from "../db/queries/erase-answers.js";
import {
  type ConversationToErase,
  closeTicketsToErase,
  type Erasure,
  eraseConversations,
  eraseProfile,
  lockCustomerToErase,
  noteErased,
  noteScrubbed,
  readConversationsToErase,
  readErasure,
} from "../db/queries/erase-customer.js";
import { eraseEvents, eraseOutbox } from "../db/queries/erase-events.js";
import { inTransaction } from "../db/transaction.js";
import { Refusal } from "../domain/errors.js";
import { requirePermission } from "../domain/policy.js";
import { invariant } from "../runtime/invariant.js";
import { recordAudit } from "./audit.js";
import { type CommandContext, transact } from "./context.js";
import { assignJob, versionEvents } from "./ticket-events.js";

/** How far an erasure came. */
export interface ErasureProgress {
  /** Nothing of the customer is left in the tables. */
  done: boolean;
  /** The streams whose events were changed: what is remembered of them elsewhere is to be forgotten. */
  streams: string[];
}

/** Messages, and conversations, of one transaction: each ends within a fraction of a second. */
const messagesOfBatch = 1000;
const conversationsOfBatch = 200;
/** How long one run works; the next batch is begun only before that, ms. What is left is the sweep's. */
const runMs = 4000;
/** The same in a transaction that is somebody else's: all of it is locked until that ends. */
const boundRunMs = 300;

/**
 * Erases a customer: texts, profile, tokens and addresses are gone from the rows, from the events that are kept and
 * from search; ids, counts, times, levels and the history of its tickets stay. Its open tickets are closed (`erased`). A later message from the
 * same outside id makes a new customer.
 *
 * The profile goes first, in a transaction of its own with the audit row: from then on the customer is not there for
 * anybody, and no conversation is added. Then batch by batch, each safe to repeat. One run works for four seconds
 * (about ten thousand messages); what is larger, or was interrupted, is gone on with by the sweep, or by the same call
 * again. Again after the end: nothing is done. For admins. Throws `customer_not_found`.
 */
export async function eraseCustomer(ctx: CommandContext, input: { customerId: number }): Promise<ErasureProgress> {
  requirePermission(ctx.actor, "customer.erase");
  const { customerId } = input;
  await transact(ctx, async (tx) => {
    const customer = await lockCustomerToErase(tx, customerId);
    if (!customer) throw new Refusal("customer_not_found", "There is no such customer.");
    if (customer.erased) return;
    await eraseProfile(tx, customer, ctx.requestId);
    const { openTickets: open_tickets, totalTickets: total_tickets } = customer;
    await recordAudit(tx, ctx, {
      action: "customer.erase",
      subject: { kind: "customer", id: customerId },
      before: { open_tickets, total_tickets },
    });
  });
  return continueErasure(ctx, customerId);
}

/** Goes on with an erasure that was begun, for as long as a run may take. */
export async function continueErasure(
  ctx: Pick<CommandContext, "db" | "wake" | "requestId">,
  customerId: number,
): Promise<ErasureProgress> {
  const end = performance.now() + (ctx.db.bound ? boundRunMs : runMs);
  const streams: string[] = [];
  const erasure = await readErasure(ctx.db.kysely, customerId);
  invariant(erasure, "an erasure that is gone on with was begun");
  if (erasure.scrubbedSeq !== null) return { done: true, streams };
  const left = await readConversationsToErase(ctx.db.kysely, customerId, erasure.doneThrough);
  for (const batch of batchesOf(left)) {
    if (performance.now() > end) return { done: false, streams };
    await eraseBatch(ctx, erasure, batch);
    streams.push(...batch.map(({ id }) => conversationStream(id)));
  }
  await inTransaction(ctx.db, async (tx) => {
    await eraseAnswers(tx, customerId);
    await noteScrubbed(tx, customerId);
  });
  return { done: true, streams };
}

function* batchesOf(conversations: readonly ConversationToErase[]): Generator<ConversationToErase[]> {
  let batch: ConversationToErase[] = [];
  let messages = 0;
  for (const conversation of conversations) {
    if (batch.length > 0 && (messages + conversation.said > messagesOfBatch || batch.length >= conversationsOfBatch)) {
      yield batch;
      batch = [];
      messages = 0;
    }
    batch.push(conversation);
    messages += conversation.said;
  }
  if (batch.length > 0) yield batch;
}

/**
 * Rows first, under the conversations' locks: after that nobody adds an event with words in it. Then the outbox, then the
 * log; the sequencer waits for the second of the three only. A run that ends in between is repeated from the first.
 */
async function eraseBatch(
  ctx: Pick<CommandContext, "db" | "wake" | "requestId">,
  { customerId, alias }: Erasure,
  conversations: readonly ConversationToErase[],
): Promise<void> {
  const { db, requestId } = ctx;
  await transact(ctx, async (tx) => {
    const ids = conversations.map(({ id }) => id);
    const closed = await closeTicketsToErase(tx, customerId, ids, requestId);
    await eraseConversations(tx, customerId, conversations);
    const events = closed.flatMap((ticket) =>
      versionEvents({ ...ticket, status: "closed" }, ticket.assigneeName, "erased", {}, assignJob(ticket.id)),
    );
    await appendEvents(tx, events, requestId);
  });
  const what = { customerId, alias, conversations };
  await inTransaction(db, (tx) => eraseOutbox(tx, what));
  await inTransaction(db, async (tx) => {
    await eraseEvents(tx, what);
    await noteErased(tx, customerId, conversations.at(-1)?.id ?? 0);
  });
}
