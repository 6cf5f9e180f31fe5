import { lockConversation } from "../db/queries/lock-ticket.js";
import { findUnanswered, timeAgo } from "../db/queries/read-bot-context.js";
import { Refusal } from "../domain/errors.js";
import { type StageContext, transact } from "./context.js";
import { handOverInTransaction } from "./hand-over-to-agents.js";

/** Conversations of one run. */
const batch = 100;
/** A message counts from the begin of its transaction, and is seen after its end: so much is looked at again, seconds. */
const overlapS = 60;

/**
 * Hands over the bot's conversations whose customer has waited too long for an answer, whatever became of the bot: it was
 * never asked, its process died, its answer was lost. Remembers how far it has looked, so that conversations that are
 * long since answered are not read again; a new process looks at all of them once.
 */
export class UnansweredBots {
  readonly #ctx: StageContext;
  readonly #waitS: number;
  #after: string | null = null;

  constructor(ctx: StageContext, waitS: number) {
    this.#ctx = ctx;
    this.#waitS = waitS;
  }

  /** One run: how many were handed over. What fails is thrown after the others were tried, and tried again. */
  async handOver(): Promise<number> {
    const { db } = this.#ctx;
    const looked = await timeAgo(db.kysely, this.#waitS + overlapS);
    const found = await findUnanswered(db.kysely, { waitS: this.#waitS, after: this.#after, limit: batch });
    let handedOver = 0;
    let failure: unknown;
    for (const { id } of found) {
      try {
        if (await this.#handOverOne(id)) handedOver++;
      } catch (error) {
        failure ??= error;
      }
    }
    if (failure !== undefined) throw failure;
    if (found.length < batch) this.#after = looked;
    return handedOver;
  }

  /** Under the conversation's lock it is looked at again: the bot may have answered by now. */
  async #handOverOne(conversationId: number): Promise<boolean> {
    return transact(this.#ctx, async (tx) => {
      await lockConversation(tx, conversationId);
      const look = { waitS: this.#waitS, after: null, limit: 1, only: conversationId };
      if ((await findUnanswered(tx, look)).length === 0) return false;
      try {
        await handOverInTransaction(tx, this.#ctx, { conversationId, reason: "no_answer" });
        return true;
      } catch (error) {
        // Erased or deleted meanwhile, or nothing of its words is left: nobody waits.
        if (error instanceof Refusal && error.code === "conversation_not_found") return false;
        throw error;
      }
    });
  }
}
