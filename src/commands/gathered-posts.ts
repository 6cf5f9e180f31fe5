import type { ChatMessage } from "../contract/events.js";
import type { Database } from "../db/database.js";
import { sayTogether, type WordToSay } from "../db/queries/say-together.js";
import { sqlState } from "../db/transaction.js";
import type { Service } from "../runtime/lifecycle.js";
import { chatMessageToSay } from "./chat-message.js";
import type { CommandContext } from "./context.js";
import { Gathering } from "./gathering.js";
import type { OnFlush } from "./meter-flushes.js";
import { type MessageToPost, type PostedMessage, postMessage, requireText } from "./post-message.js";

export interface GatheredPostsOptions {
  db: Database;
  /** Called after each commit: a hint to the sequencer. */
  wake: () => void;
  /** Messages of one flush at most. */
  flushRows: number;
  /** Messages that may wait; more are refused with `overloaded`. */
  queueMax: number;
  /** Told of each flush. */
  onFlush?: OnFlush;
}

interface Waiting {
  word: WordToSay;
  /** null: it goes its own way. */
  resolve: (message: ChatMessage | null) => void;
  reject: (error: unknown) => void;
}

/** Conversations that are known to be no threads. */
const othersMax = 10_000;

/**
 * The way of what is said in threads to disk. What people say at once, in one thread or in many, shares a transaction, as
 * intakes do: of each the same is stored and told as `postMessage` stores and tells alone, and no promise resolves before
 * its row is on disk. Within a flush a thread's messages stand in the order in which they were asked for. One flush is
 * under way at a time: it waits for no lock, and two took the same time with half as much work again (measured).
 *
 * A flush only says what nothing stands against. All else goes its own way through `postMessage`, which knows every rule
 * and every refusal: what is said in support cases and to bots, notes and files, what was said before by its `clientId`,
 * what whoever may not write says, and what is said in a thread that somebody else holds at that moment; so does each of a
 * flush in which the data of one made it fail.
 */
export class GatheredPosts implements Service {
  readonly name = "posts";
  readonly #options: GatheredPostsOptions;
  readonly #gathering: Gathering<Waiting>;
  readonly #others = new Set<number>();

  constructor(options: GatheredPostsOptions) {
    this.#options = options;
    const { flushRows, queueMax } = options;
    this.#gathering = new Gathering({
      flushRows,
      flushes: 1,
      queueMax,
      bytesOf: ({ word }) => word.message.text.length * 2,
      flush: (batch) => this.#flush(batch),
    });
  }

  async start(): Promise<void> {
    this.#gathering.open();
  }

  /** Stores what is waiting, takes nothing more. */
  stop(): Promise<void> {
    return this.#gathering.close();
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
    const word = { message: chatMessageToSay(input, { id, name, role }), requestId: ctx.requestId };
    const message = await new Promise<ChatMessage | null>((resolve, reject) => {
      this.#gathering.add({ word, resolve, reject });
    });
    return message ? { message, isNew: true } : postMessage(ctx, input);
  }

  async #flush(batch: Waiting[]): Promise<void> {
    const { db, wake, onFlush } = this.#options;
    const startedAt = performance.now();
    const told = (error: unknown) => onFlush?.(batch.length, (performance.now() - startedAt) / 1000, error);
    const { first, again } = apart(batch);
    try {
      const answers = await sayTogether(
        db,
        first.map(({ word }) => word),
      );
      told(null);
      wake();
      for (const [index, waiting] of first.entries()) {
        const { said, isThread } = answers[index] ?? { said: null, isThread: true };
        if (!isThread) this.#remember(waiting.word.message.conversation_id);
        waiting.resolve(
          said && { ...waiting.word.message, id: said.id, seq: said.seq, sent_at: said.at.toISOString() },
        );
      }
    } catch (error) {
      told(error);
      const isData = /^2[23]/.test(sqlState(error) ?? "");
      for (const waiting of first) {
        if (isData) waiting.resolve(null);
        else waiting.reject(error);
      }
    }
    // By now the first is on disk, where it is found, or it has failed.
    for (const waiting of again) waiting.resolve(null);
  }

  #remember(conversationId: number): void {
    if (this.#others.size >= othersMax) this.#others.clear();
    this.#others.add(conversationId);
  }
}

/** Those of a flush that bear the mark of one before them go their own way after it. */
function apart(batch: readonly Waiting[]): { first: Waiting[]; again: Waiting[] } {
  const marks = new Set<string>();
  const first: Waiting[] = [];
  const again: Waiting[] = [];
  for (const waiting of batch) {
    const { conversation_id, sender, client_id } = waiting.word.message;
    const mark = client_id === null ? null : `${conversation_id} ${sender?.id} ${client_id}`;
    if (mark !== null && marks.has(mark)) {
      again.push(waiting);
      continue;
    }
    if (mark !== null) marks.add(mark);
    first.push(waiting);
  }
  return { first, again };
}
