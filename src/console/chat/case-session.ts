import type { ConversationView } from "../../contract/http/conversations.js";
import { Conversation } from "../desk/conversation.js";
import { Observable } from "../desk/observable.js";
import { asCallError } from "../http/call-error.js";
import type { Upload } from "../http/desk-calls.js";
import { ChatClient, SayError } from "../live/chat-client.js";
import type { LiveState } from "../live/live-client.js";
import type { CustomerDesk } from "./customer-desk.js";
import type { PendingSay } from "./kept-says.js";

/** Without a socket for that long it goes by HTTP, ms: the same key, so it is there once. */
const httpAfterMs = 2500;
const typingEveryMs = 2000;

/** A case that is open on the customer's page: what was said, live; the bot is asked until a person takes over. */
export class CaseSession extends Observable {
  readonly id: number;
  readonly desk: CustomerDesk;
  readonly conversation: Conversation;
  view: ConversationView | null = null;
  pending: readonly PendingSay[];
  state: LiveState = "connecting";
  isBotWriting = false;
  fault: string | null = null;
  /** Cursor of what was said before; null: that was all. */
  older: string | null = null;
  readonly #chat: ChatClient;
  #typedAt = 0;
  #readUpTo = 0;
  #isStopped = false;
  #unhook: () => void = () => undefined;

  constructor(desk: CustomerDesk, id: number) {
    super();
    this.desk = desk;
    this.id = id;
    this.conversation = new Conversation(desk.user.id);
    this.conversation.subscribe(() => this.changed());
    this.pending = desk.options.kept?.load(id) ?? [];
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

  /** How far its reader has read here: the `seq` of the last message. */
  get readUpTo(): number {
    return this.#readUpTo;
  }

  /** The bot was not asked for an answer to what was said last: the page was left meanwhile. */
  get #isUnanswered(): boolean {
    return this.pending.length === 0 && this.conversation.messages.at(-1)?.sender?.role === "customer";
  }

  /**
   * Follows the case, and says again what was on its way when the page was left. `asksBot`: it was opened just now, and
   * nobody has answered what was said.
   */
  start(asksBot: boolean): void {
    const { session, socketBase } = this.desk.options;
    this.#chat.connect(`${socketBase}/ws/chat/${this.id}/`, { token: () => session.token() });
    this.#unhook = this.desk.onBack(() => this.#chat.reconnectNow());
    for (const item of this.pending) this.#send(item);
    void this.load().then(() => (asksBot || this.#isUnanswered ? this.#askBot() : undefined));
  }

  stop(): void {
    this.#isStopped = true;
    this.#unhook();
    this.#chat.close();
  }

  async load(): Promise<void> {
    try {
      const [view, page] = await Promise.all([this.desk.calls.oneCase(this.id), this.desk.calls.messages(this.id)]);
      this.view = view;
      if (this.desk.user.id === 0) this.#meet(view);
      if (!this.conversation.isLoaded) this.older = page.next;
      this.conversation.load(page.results);
      this.fault = null;
    } catch (error) {
      this.fault = asCallError(error).message;
    }
    this.changed();
  }

  /** Signed in by a token of somebody else's making, it is told by its case who it is. */
  #meet({ participants }: ConversationView): void {
    const me = participants.find(({ role }) => role === "customer");
    if (me) this.conversation.become(me.user_id);
  }

  /** Fetches what was said before what is shown. */
  async loadOlder(): Promise<void> {
    if (this.older === null) return;
    const page = await this.desk.calls.messages(this.id, this.older).catch(() => null);
    if (!page) return;
    this.older = page.next;
    this.conversation.load(page.results);
  }

  /** Says something: shown at once, and there once, whatever becomes of the connection. `key`: it was begun elsewhere. */
  say(text: string, file: Upload | null, key = this.desk.options.newKey()): void {
    if (this.pending.some((item) => item.key === key)) return;
    const item = { key, text, file, at: Date.now(), refusal: null };
    this.#keep([...this.pending, item]);
    this.#typedAt = 0;
    this.#send(item);
  }

  #send(item: PendingSay): void {
    const { key, text, file } = item;
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
    this.#keep(this.pending.filter((item) => item.key !== key));
  }

  #keep(pending: readonly PendingSay[]): void {
    this.pending = pending;
    this.desk.options.kept?.save(this.id, pending);
    this.changed();
  }

  typing(): void {
    const now = Date.now();
    if (now - this.#typedAt < typingEveryMs) return;
    this.#typedAt = now;
    if (!this.#chat.typing(true) && this.state === "polling") this.desk.calls.typing(this.id).catch(() => undefined);
  }

  /** What was said so far has been seen. */
  seen(): void {
    const last = this.conversation.messages.at(-1)?.seq ?? 0;
    if (last <= this.#readUpTo) return;
    if (this.#chat.read(last)) this.#readUpTo = last;
    else if (this.state === "polling") {
      this.#readUpTo = last;
      this.desk.calls.markRead(this.id, last).catch(() => undefined);
    }
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
    this.#keep(this.pending.map((item) => (item.key === key ? { ...item, refusal } : item)));
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
