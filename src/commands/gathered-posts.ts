import type { PoolClient } from "pg";
import type { ChatMessage } from "../contract/events.js";
import type { Database } from "../db/database.js";
import type { MessageToAppend } from "../db/queries/append-message.js";
import {
  type GatheredTalk,
  lockTalksOf,
  type Permit,
  permitsFor,
  type Said,
  writeSaid,
} from "../db/queries/say-gathered.js";
import { inClientTransaction, sqlState } from "../db/transaction.js";
import { invariant } from "../runtime/invariant.js";
import type { Service } from "../runtime/lifecycle.js";
import { messageNewEvent, newChatMessage } from "./chat-message.js";
import type { CommandContext } from "./context.js";
import { Gathering } from "./gathering.js";
import { type MessageToPost, type PostedMessage, postMessage, requireText } from "./post-message.js";
import { reasonToHandOver } from "./reason-to-hand-over.js";

export interface GatheredPostsOptions {
  db: Database;
  /** Called after each commit: a hint to the sequencer. */
  wake: () => void;
  /** Messages of one flush at most. */
  flushRows: number;
  /** Flushes under way at once. */
  flushes: number;
  /** Messages that may wait; more are refused with `overloaded`. */
  queueMax: number;
  /** Told of each flush: messages in it, its time, and what it met (null: it is on disk). */
  onFlush?: (messages: number, seconds: number, error: unknown) => void;
}

interface Waiting {
  ctx: CommandContext;
  sender: { id: number; name: string; role: string };
  input: MessageToPost;
  /** null: it is not for a group. */
  resolve: (message: ChatMessage | null) => void;
  reject: (error: unknown) => void;
}

/** Support cases that are known; a conversation that became one stays one. */
const casesMax = 10_000;

/**
 * The way of what is said in a conversation to disk. What people say to each other at once, in one conversation or in
 * many, shares transactions, as intakes do: of each such message the same is stored and told as `postMessage` stores and
 * tells alone, and no promise resolves before its row is on disk. Within a conversation a group keeps the order in which
 * it was asked.
 *
 * A group only says what nothing stands against. All else goes its own way through `postMessage`, which knows every rule
 * and every refusal: support cases, notes and files, what was said before by its `clientId`, what is handed over by what
 * it says, and whoever may not write; so does each message of a group that the data itself made impossible.
 */
export class GatheredPosts implements Service {
  readonly name = "posts";
  readonly #options: GatheredPostsOptions;
  readonly #gathering: Gathering<Waiting>;
  readonly #cases = new Set<number>();

  constructor(options: GatheredPostsOptions) {
    this.#options = options;
    const { flushRows, flushes, queueMax } = options;
    this.#gathering = new Gathering({
      flushRows,
      flushes,
      queueMax,
      bytesOf: ({ input }) => input.text.length * 2,
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

  /** Messages that wait for a flush. */
  get waiting(): number {
    return this.#gathering.waiting;
  }

  /**
   * Says something in a conversation, as `postMessage` does and with its refusals; besides `overloaded`. Within the
   * caller's own transaction (a keyed call) it goes its own way.
   */
  async post(ctx: CommandContext, input: MessageToPost): Promise<PostedMessage> {
    const { id, name, role } = ctx.actor;
    requireText(input);
    const isPlain = input.kind !== "note" && input.attachmentId === undefined && !this.#cases.has(input.conversationId);
    if (ctx.db.bound || id === null || !isPlain) return postMessage(ctx, input);
    const message = await new Promise<ChatMessage | null>((resolve, reject) => {
      this.#gathering.add({ ctx, sender: { id, name, role }, input, resolve, reject });
    });
    return message ? { message, isNew: true } : postMessage(ctx, input);
  }

  /** Stores a batch in one transaction; what the data itself makes impossible is left to each on its own. */
  async #flush(batch: Waiting[]): Promise<void> {
    const { db, wake, onFlush } = this.#options;
    const startedAt = performance.now();
    const told = (error: unknown) => onFlush?.(batch.length, (performance.now() - startedAt) / 1000, error);
    try {
      const said = await inClientTransaction(db, (client) => this.#say(client, batch));
      told(null);
      wake();
      for (const waiting of batch) waiting.resolve(said.get(waiting) ?? null);
    } catch (error) {
      told(error);
      const isData = /^2[23]/.test(sqlState(error) ?? "");
      for (const waiting of batch) {
        if (isData) waiting.resolve(null);
        else waiting.reject(error);
      }
    }
  }

  /** Says what can be said in this group; the others are missing in the answer. */
  async #say(client: PoolClient, batch: readonly Waiting[]): Promise<Map<Waiting, ChatMessage>> {
    const talks = await lockTalksOf(
      client,
      batch.map(({ input }) => input.conversationId),
    );
    const permits = await permitsFor(
      client,
      batch.map(({ input, sender }) => ({
        conversationId: input.conversationId,
        senderId: sender.id,
        clientId: input.clientId ?? null,
      })),
    );
    const said = new Map<Waiting, { row: Said; message: ChatMessage }>();
    const marks = new Set<string>();
    for (const [index, waiting] of batch.entries()) {
      const permit = permits[index];
      invariant(permit, "each message of a group has its permit");
      const talk = talks.get(waiting.input.conversationId);
      if (permit.kind === "support") this.#remember(waiting.input.conversationId);
      else if (talk && permit.granted && !isForPerson(waiting, talk) && isFirst(waiting, marks)) {
        said.set(waiting, spoken(waiting, talk, permit));
      }
    }
    const rows = [...said].map(([{ ctx }, { row, message }]) => ({ row, message, requestId: ctx.requestId }));
    if (rows.length > 0) {
      const events = rows.map(({ message, requestId }) => ({ ...messageNewEvent(message), requestId }));
      await writeSaid(
        client,
        rows.map(({ row }) => row),
        events,
      );
    }
    return new Map([...said].map(([waiting, { message }]) => [waiting, message]));
  }

  #remember(conversationId: number): void {
    if (this.#cases.size >= casesMax) this.#cases.clear();
    this.#cases.add(conversationId);
  }
}

/** Whether a customer's words to a bot are for a person: then they are handed over with it, which is no matter of a group. */
function isForPerson({ sender, input }: Waiting, { kind }: GatheredTalk): boolean {
  return kind === "bot" && sender.role === "customer" && reasonToHandOver(input.text) !== null;
}

/** Whether nothing with the same mark stands before it in its group; the second finds the first when it is on disk. */
function isFirst({ sender, input }: Waiting, marks: Set<string>): boolean {
  if (input.clientId === undefined) return true;
  const mark = `${input.conversationId} ${sender.id} ${input.clientId}`;
  if (marks.has(mark)) return false;
  marks.add(mark);
  return true;
}

/** It takes the next `seq` of its conversation. */
function spoken({ sender, input }: Waiting, talk: GatheredTalk, permit: Permit): { row: Said; message: ChatMessage } {
  const seq = ++talk.lastSeq;
  const { text, clientId = null, metadata = null } = input;
  const toAppend: MessageToAppend = { senderId: sender.id, kind: "text", text, clientId, metadata };
  const appended = { id: permit.id, seq, createdAt: permit.at };
  return {
    row: { id: permit.id, conversationId: talk.id, seq, senderId: sender.id, text, metadata, clientId },
    message: newChatMessage(talk.id, appended, toAppend, sender),
  };
}
