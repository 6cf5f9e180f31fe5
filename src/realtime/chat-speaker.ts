import { randomUUID } from "node:crypto";
import type { CommandContext } from "../commands/context.js";
import { readSight } from "../commands/enter-chat.js";
import { tellTyping } from "../commands/tell-typing.js";
import type { ChatAct } from "../contract/chat-frames.js";
import type { ChatMessage } from "../contract/events.js";
import { isUnavailable } from "../db/transaction.js";
import { Refusal } from "../domain/errors.js";
import type { Actor } from "../domain/policy.js";
import type { VisibilityMode } from "../domain/visibility.js";
import type { Logger } from "../runtime/logger.js";

/** What is said in a message, as its command takes it. */
export interface Said {
  conversationId: number;
  text: string;
  kind: "text" | "note";
  clientId?: string;
  metadata?: Record<string, unknown>;
  attachmentId?: number;
}

/** What a chat frame does. */
export interface ChatCommands {
  postMessage(ctx: CommandContext, input: Said): Promise<{ message: ChatMessage; isNew: boolean }>;
  markRead(
    ctx: CommandContext,
    input: { conversationId: number; upTo?: number; messageIds?: number[] },
  ): Promise<unknown>;
}

export interface ChatSpeakerOptions {
  /** For the commands, but who it is. */
  context: Pick<CommandContext, "db" | "limits" | "wake">;
  commands: ChatCommands;
  mode: VisibilityMode;
  publish: (frame: { stream: string; frame: Record<string, unknown> }) => Promise<void>;
  logger: Logger;
}

/** What may wait of one socket: at 30 a second more only comes together while the database hangs. */
const waitingMax = 100;
/** Typing that was told is not told again so soon; it ends after 5 s, ms. */
const typingQuietMs = 2000;

/**
 * Does what one client says on its chat socket, one after the other in the order in which it was said. A message is
 * answered with `ack` once it is stored; what is refused with an `error` frame that names the message's `client_id`.
 */
export class ChatSpeaker {
  readonly #options: ChatSpeakerOptions;
  readonly #conversationId: number;
  readonly #actor: () => Actor;
  readonly #say: (frame: Record<string, unknown>) => void;
  #waiting = 0;
  #work: Promise<void> = Promise.resolve();
  #typing = { is: false, at: Number.NEGATIVE_INFINITY };

  constructor(
    options: ChatSpeakerOptions,
    given: { conversationId: number; actor: () => Actor; say: (frame: Record<string, unknown>) => void },
  ) {
    this.#options = options;
    this.#conversationId = given.conversationId;
    this.#actor = given.actor;
    this.#say = given.say;
  }

  /** Takes what was said. Never throws. */
  hear(act: ChatAct): void {
    if (this.#waiting >= waitingMax) {
      this.#refuse(act, new Refusal("overloaded", "Too much waits to be stored, try again."));
      return;
    }
    this.#waiting++;
    this.#work = this.#work.then(() => this.#do(act)).finally(() => this.#waiting--);
  }

  async #do(act: ChatAct): Promise<void> {
    try {
      if (act.kind === "typing") await this.#type(act.isTyping);
      else if (act.kind === "read") await this.#read(act);
      else await this.#post(act);
    } catch (error) {
      this.#refuse(act, error);
    }
  }

  async #post(act: Extract<ChatAct, { kind: "message" }>): Promise<void> {
    const { text, messageType, clientId, metadata, attachmentId } = act;
    if (messageType !== "text" && messageType !== "note") {
      throw new Refusal("type_reserved", "A client says text; the other types are the system's.");
    }
    const { message } = await this.#options.commands.postMessage(await this.#context(), {
      conversationId: this.#conversationId,
      text,
      kind: messageType,
      ...(clientId === null ? {} : { clientId }),
      ...(metadata === null ? {} : { metadata }),
      ...(attachmentId === null ? {} : { attachmentId }),
    });
    this.#say({ type: "ack", client_id: clientId, message_id: message.id, seq: message.seq });
  }

  async #read({ messageIds, upTo }: Extract<ChatAct, { kind: "read" }>): Promise<void> {
    await this.#options.commands.markRead(await this.#context(), {
      conversationId: this.#conversationId,
      ...(upTo === null ? {} : { upTo }),
      ...(messageIds === null ? {} : { messageIds }),
    });
  }

  async #type(isTyping: boolean): Promise<void> {
    const now = performance.now();
    const isTold = this.#typing.is === isTyping && (!isTyping || now - this.#typing.at < typingQuietMs);
    if (isTold) return;
    const { context, mode, publish } = this.#options;
    const typist = { db: context.db, actor: this.#actor(), mode, publish };
    await tellTyping(typist, { conversationId: this.#conversationId, isTyping });
    this.#typing = { is: isTyping, at: now };
  }

  /** Each frame is a request of its own: its id goes into the event and the job that it causes. */
  async #context(): Promise<CommandContext> {
    const actor = this.#actor();
    if (actor.id === null) throw new Refusal("forbidden", "Who speaks here has a token of its own.");
    const { context, mode } = this.#options;
    return { ...context, actor, requestId: randomUUID(), sight: await readSight(context.db, mode, actor) };
  }

  #refuse(act: ChatAct, error: unknown): void {
    const echo = act.kind === "message" && act.clientId !== null ? { client_id: act.clientId } : {};
    const { code, message, facts } = this.#refusalOf(error);
    this.#say({ type: "error", ...facts, status: code, detail: message, ...echo });
  }

  #refusalOf(error: unknown): Refusal {
    if (error instanceof Refusal) return error;
    if (isUnavailable(error)) return new Refusal("unavailable", "The desk cannot store now, try again.");
    this.#options.logger.error({ err: error, conversation_id: this.#conversationId }, "a chat frame failed");
    return new Refusal("internal_error", "Something went wrong on our side.");
  }
}
