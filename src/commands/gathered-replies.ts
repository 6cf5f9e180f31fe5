import { type ReplyTogether, replyTogether } from "../db/queries/reply-together.js";
import type { Service } from "../runtime/lifecycle.js";
import { chatMessageToSay } from "./chat-message.js";
import type { CommandContext } from "./context.js";
import { type ReplyInput, replyToTicket } from "./reply-to-ticket.js";
import { Together, type TogetherSettings } from "./together.js";

/**
 * The way of replies to disk. What agents answer at once is stored together: of each the same is stored and told as
 * `replyToTicket` stores and tells alone.
 *
 * A flush only holds replies that nothing stands against: an agent's own, that close a ticket which it owns, of the version
 * that it saw. All else goes its own way through `replyToTicket`, which knows every rule and every refusal, and waits for a
 * ticket that somebody else holds at that moment.
 */
export class GatheredReplies implements Service {
  readonly name = "replies";
  readonly #together: Together<ReplyTogether, boolean>;

  constructor(settings: TogetherSettings) {
    this.#together = new Together({
      ...settings,
      name: this.name,
      bytesOf: ({ message }) => message.text.length * 2,
      markOf: ({ ticketId }) => String(ticketId),
      run: replyTogether,
    });
  }

  start(): Promise<void> {
    return this.#together.start();
  }

  /** Stores what is waiting, takes nothing more. */
  stop(): Promise<void> {
    return this.#together.stop();
  }

  /**
   * Answers a customer, as `replyToTicket` does and with its refusals; besides, `overloaded`. Within the caller's own
   * transaction (a keyed call) it goes its own way.
   */
  async reply(ctx: CommandContext, input: ReplyInput): Promise<{ ticketId: number }> {
    const { ticketId, agentId, text, version, keepOpen = false, cannedId } = input;
    const isOwn = ctx.actor.role === "agent" && ctx.actor.id === agentId;
    if (ctx.db.bound || !isOwn || keepOpen || cannedId !== undefined) return replyToTicket(ctx, input);
    // Its conversation and the agent's name are found with the ticket.
    const message = chatMessageToSay({ conversationId: 0, text }, { id: agentId, name: "", role: "agent" });
    const reply = { ticketId, agentId, version: version ?? null, message, requestId: ctx.requestId };
    return (await this.#together.do(reply)) ? { ticketId } : replyToTicket(ctx, input);
  }
}
