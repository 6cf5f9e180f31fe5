import { type SaidTogether, sayTogether, type WordToSay } from "../db/queries/say-together.js";
import type { Service } from "../runtime/lifecycle.js";
import { chatMessageToSay } from "./chat-message.js";
import type { CommandContext } from "./context.js";
import { type MessageToPost, type PostedMessage, postMessage, requireText } from "./post-message.js";
import { Together, type TogetherSettings } from "./together.js";

/** Conversations that are known to be no threads. */
const othersMax = 10_000;

/**
 * The way of what is said in threads to disk. What people say at once, in one thread or in many, is said together: of each
 * the same is stored and told as `postMessage` stores and tells alone. Within a flush a thread's messages stand in the
 * order in which they were asked for.
 *
 * A flush only says what nothing stands against. All else goes its own way through `postMessage`, which knows every rule
 * and every refusal: what is said in support cases and to bots, notes and files, what was said before by its `clientId`,
 * what whoever may not write says, and what is said in a thread that somebody else holds at that moment; so does each of a
 * flush in which the data of one made it fail.
 */
export class GatheredPosts implements Service {
  readonly name = "posts";
  readonly #together: Together<WordToSay, SaidTogether>;
  readonly #others = new Set<number>();

  constructor(settings: TogetherSettings) {
    this.#together = new Together({
      ...settings,
      name: this.name,
      bytesOf: ({ message }) => message.text.length * 2,
      markOf: ({ message: { conversation_id, sender, client_id } }) =>
        client_id === null ? null : `${conversation_id} ${sender?.id} ${client_id}`,
      run: sayTogether,
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
   * Says something in a conversation, as `postMessage` does and with its refusals; besides, `overloaded`. Within the
   * caller's own transaction (a keyed call) it goes its own way.
   */
  async post(ctx: CommandContext, input: MessageToPost): Promise<PostedMessage> {
    requireText(input);
    const { id, name, role } = ctx.actor;
    const isPlain = input.kind !== "note" && input.attachmentId === undefined;
    if (ctx.db.bound || id === null || !isPlain || this.#others.has(input.conversationId)) {
      return postMessage(ctx, input);
    }
    const message = chatMessageToSay(input, { id, name, role });
    const answer = await this.#together.do({ message, requestId: ctx.requestId });
    if (answer && !answer.isThread) this.#remember(input.conversationId);
    if (!answer?.said) return postMessage(ctx, input);
    const { said } = answer;
    return { message: { ...message, id: said.id, seq: said.seq, sent_at: said.at.toISOString() }, isNew: true };
  }

  #remember(conversationId: number): void {
    if (this.#others.size >= othersMax) this.#others.clear();
    this.#others.add(conversationId);
  }
}
