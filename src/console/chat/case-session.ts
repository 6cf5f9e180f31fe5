import type { ConversationView } from "../../contract/http/conversations.js";
import { Conversation } from "../desk/conversation.js";
import { Observable } from "../desk/observable.js";
import { asCallError } from "../http/call-error.js";
import type { Upload } from "../http/desk-calls.js";
import { ChatClient, SayError } from "../live/chat-client.js";
import type { LiveState } from "../live/live-client.js";
import type { CustomerDesk } from "./customer-desk.js";

/** Something that was said here and is not stored yet. */
export interface PendingSay {
  key: string;
  text: string;
  file: Upload | null;
  at: number;
  /** Why the desk would not have it. */
  refusal: string | null;
}

/** Without a socket for that long it goes by HTTP, ms: the same key, so it is there once. */
const httpAfterMs = 2500;
const typingEveryMs = 2000;

/** A case that is open on the customer's page: what was said, live; the bot is asked until a person takes over. */
export class CaseSession extends Observable {
  readonly id: number;
  readonly desk: CustomerDesk;
  readonly conversation: Conversation;
  view: ConversationView | null = null;
  pending: readonly PendingSay[] = [];
  state: LiveState = "connecting";
  isBotWriting = false;
  fault: string | null = null;
  /** Cursor of what was said before; null: that was all. */
  older: string | null = null;
  readonly #chat: ChatClient;
  #typedAt = 0;
  #readUpTo = 0;
  #isStopped = false;

  constructor(desk: CustomerDesk, id: number) {
    super();
    this.desk = desk;
    this.id = id;
    this.conversation = new Conversation(desk.user.id);
    this.conversation.subscribe(() => this.changed());
    this.#chat = new ChatClient({
      socket: desk.options.socket,
      onFrame: (frame) => {
        this.conversation.apply(frame);
        if (frame.type === "ticket") void this.#look();
      },
      onHello: () => void this.load(),
      onResync: () => void this.load(),
      onState: (state) => {
        this.state = state;
        this.changed();
      },
    });
  }

  /** The bot answers here, and no person yet. */
  get isWithBot(): boolean {
    return this.view?.kind === "bot" && this.view.ticket_id === null;
  }

  /** Follows the case. `asksBot`: it was opened just now, and nobody has answered what was said. */
  start(asksBot: boolean): void {
    const { session, socketBase } = this.desk.options;
    this.#chat.connect(`${socketBase}/ws/chat/${this.id}/`, { token: () => session.token() });
    void this.load().then(() => (asksBot ? this.#askBot() : undefined));
  }

  stop(): void {
    this.#isStopped = true;
    this.#chat.close();
  }

  async load(): Promise<void> {
    try {
      const [view, page] = await Promise.all([this.desk.calls.oneCase(this.id), this.desk.calls.messages(this.id)]);
      this.view = view;
      if (!this.conversation.isLoaded) this.older = page.next;
      this.conversation.load(page.results);
      this.fault = null;
    } catch (error) {
      this.fault = asCallError(error).message;
    }
    this.changed();
  }

  /** Fetches what was said before what is shown. */
  async loadOlder(): Promise<void> {
    if (this.older === null) return;
    const page = await this.desk.calls.messages(this.id, this.older).catch(() => null);
    if (!page) return;
    this.older = page.next;
    this.conversation.load(page.results);
  }

  /** Says something: shown at once, and there once, whatever becomes of the connection. */
  say(text: string, file: Upload | null): void {
    const item = { key: this.desk.options.newKey(), text, file, at: Date.now(), refusal: null };
    this.pending = [...this.pending, item];
    this.changed();
    this.#typedAt = 0;
    const { key } = item;
    const options = { clientId: key, ...(file ? { attachmentId: file.id } : {}) };
    const overHttp = setTimeout(() => void this.#overHttp(item), httpAfterMs);
    this.#chat
      .say(text, options)
      .then(
        () => this.#stored(key),
        (error: unknown) => error instanceof SayError && this.#refused(key, error.message),
      )
      .finally(() => clearTimeout(overHttp));
  }

  /** Takes back what the desk would not have. */
  discard(key: string): void {
    this.pending = this.pending.filter((item) => item.key !== key);
    this.changed();
  }

  typing(): void {
    const now = Date.now();
    if (now - this.#typedAt < typingEveryMs) return;
    this.#typedAt = now;
    this.#chat.typing(true);
  }

  /** What was said so far has been seen. */
  seen(): void {
    const last = this.conversation.messages.at(-1)?.seq ?? 0;
    if (last > this.#readUpTo && this.#chat.read(last)) this.#readUpTo = last;
  }

  async #overHttp({ key, text, file }: PendingSay): Promise<void> {
    if (this.state === "open" || this.#isStopped) return;
    try {
      const message = await this.desk.calls.say(this.id, text, file?.id ?? null, key);
      this.conversation.load([message]);
      this.#stored(key);
    } catch (error) {
      // Nothing answered: it waits for the socket.
      const failed = asCallError(error);
      if (!failed.isPassing) this.#refused(key, failed.message);
    }
  }

  #stored(key: string): void {
    if (!this.pending.some((item) => item.key === key)) return;
    this.discard(key);
    if (this.pending.length === 0) void this.#askBot();
  }

  #refused(key: string, refusal: string): void {
    this.pending = this.pending.map((item) => (item.key === key ? { ...item, refusal } : item));
    this.changed();
  }

  async #askBot(): Promise<void> {
    if (!this.isWithBot || this.isBotWriting || this.#isStopped) return;
    this.isBotWriting = true;
    this.changed();
    try {
      const answer = await this.desk.calls.askBot(this.id);
      this.conversation.load([answer.message]);
      if (answer.handed_over) await this.#look();
    } catch {
      // It was handed over meanwhile, or will be: the desk takes over what no bot answers within a minute.
      await this.#look();
    }
    this.isBotWriting = false;
    this.changed();
  }

  /** How the case stands now. */
  async #look(): Promise<void> {
    this.view = await this.desk.calls.oneCase(this.id).catch(() => this.view);
    void this.desk.load();
    this.changed();
  }
}
