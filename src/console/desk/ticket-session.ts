import type { MessageView } from "../../contract/http/messages.js";
import { asCallError, type CallError } from "../http/call-error.js";
import type { CustomerDetail, MessageDetail } from "../http/desk-calls.js";
import { ChatClient } from "../live/chat-client.js";
import { Conversation } from "./conversation.js";
import type { Desk } from "./desk.js";
import { Observable } from "./observable.js";

const viewEveryMs = 15_000;
const typingEveryMs = 3000;

/** What became of a claim. */
export type ClaimOutcome =
  | { outcome: "claimed" }
  | { outcome: "lost"; by: string }
  | { outcome: "closed" }
  | { outcome: "full" }
  | { outcome: "failed"; error: CallError };

/** A ticket that is open on the screen: what was said, live, and what can be done with it. */
export class TicketSession extends Observable {
  readonly id: number;
  readonly desk: Desk;
  readonly conversation: Conversation;
  #detail: MessageDetail | null = null;
  #customer: CustomerDetail | null = null;
  #fault: CallError | null = null;
  #lostTo: ClaimOutcome | null = null;
  #chat: ChatClient | null = null;
  #unhook: () => void = () => undefined;
  #viewTimer: ReturnType<typeof setInterval> | null = null;
  #typedAt = 0;
  #readUpTo = 0;
  #isStopped = false;

  constructor(desk: Desk, id: number) {
    super();
    this.desk = desk;
    this.id = id;
    this.conversation = new Conversation(desk.user.id);
    this.conversation.subscribe(() => this.changed());
  }

  get detail(): MessageDetail | null {
    return this.#detail;
  }
  get customer(): CustomerDetail | null {
    return this.#customer;
  }
  get fault(): CallError | null {
    return this.#fault;
  }
  /** The last claim, if it was lost and nothing was done since. */
  get lost(): ClaimOutcome | null {
    return this.#lostTo;
  }

  /** Status, owner and version as they belong to what is shown of the conversation. */
  get standing(): { status: MessageDetail["status"]; assignedTo: number | null; version: number } | null {
    const { ticket } = this.conversation;
    if (!this.#detail) return null;
    if (ticket && ticket.version >= this.#detail.version) {
      return { status: ticket.status, assignedTo: ticket.assignedTo?.id ?? null, version: ticket.version };
    }
    const { status, assigned_to: assignedTo, version } = this.#detail;
    return { status, assignedTo, version };
  }

  get isMine(): boolean {
    return this.standing?.status === "in_progress" && this.standing.assignedTo === this.desk.user.id;
  }

  /** Fetches it, follows its conversation, and says that it is looked at. */
  async start(): Promise<void> {
    await this.load();
    if (!this.#detail || this.#isStopped) return;
    const { session, socket, socketBase } = this.desk.options;
    let isFirst = true;
    this.#chat = new ChatClient({
      socket,
      onFrame: (frame) => {
        this.conversation.apply(frame);
        if (frame.type === "ticket" && (frame.status === "unassigned" || this.isMine)) this.#lostTo = null;
      },
      // What was said between the answer and the first frame.
      onHello: () => {
        if (isFirst) void this.load();
        isFirst = false;
      },
      onResync: () => void this.load(),
    });
    this.#chat.connect(`${socketBase}/ws/chat/${this.#detail.conversation_id}/`, { token: () => session.token() });
    this.#unhook = this.desk.onBack(() => this.#chat?.reconnectNow());
    this.#present("viewing");
    this.#viewTimer = setInterval(() => this.#present("viewing"), viewEveryMs);
    await this.loadCustomer();
  }

  stop(): void {
    this.#isStopped = true;
    this.#unhook();
    this.#chat?.close();
    if (this.#viewTimer) clearInterval(this.#viewTimer);
    if (this.#detail) this.#present("gone");
  }

  async load(): Promise<void> {
    try {
      const detail = await this.desk.calls.message(this.id);
      if (this.#isStopped) return;
      this.#fault = null;
      this.#detail = detail;
      this.conversation.load(detail.messages);
      this.desk.tickets.take([detail]);
    } catch (error) {
      this.#fault = asCallError(error);
    }
    this.changed();
  }

  async loadCustomer(): Promise<void> {
    if (!this.#detail) return;
    this.#customer = await this.desk.calls.customer(this.#detail.customer.id).catch(() => null);
    this.changed();
  }

  /** Takes what an action answered. */
  take(view: MessageView): void {
    if (this.#detail && view.version >= this.#detail.version) this.#detail = { ...this.#detail, ...view };
    this.desk.tickets.take([view]);
    this.changed();
  }

  async claim(): Promise<ClaimOutcome> {
    const outcome = await this.#claim();
    this.#lostTo = outcome.outcome === "claimed" ? null : outcome;
    if (outcome.outcome !== "failed") await this.load();
    this.changed();
    return outcome;
  }

  async #claim(): Promise<ClaimOutcome> {
    try {
      await this.desk.calls.claim(this.id);
      return { outcome: "claimed" };
    } catch (thrown) {
      const error = asCallError(thrown);
      if (error.code === "already_claimed") return { outcome: "lost", by: String(error.facts.by) };
      if (error.code === "already_closed") return { outcome: "closed" };
      if (error.code === "at_capacity") return { outcome: "full" };
      return { outcome: "failed", error };
    }
  }

  /** Says that somebody writes here: to the other agents, and to the customer where it is not a note. */
  typing(isNote: boolean): void {
    const now = Date.now();
    if (now - this.#typedAt < typingEveryMs) return;
    this.#typedAt = now;
    this.#present("typing");
    if (!isNote && this.isMine) this.#chat?.typing(true);
  }

  /** Nobody writes here any more. */
  stoppedTyping(): void {
    if (this.#typedAt === 0) return;
    this.#typedAt = 0;
    this.#present("viewing");
    this.#chat?.typing(false);
  }

  /** What was said so far has been seen. */
  seen(): void {
    const last = this.conversation.messages.at(-1)?.seq ?? 0;
    if (last <= this.#readUpTo || !this.isMine) return;
    if (this.#chat?.read(last)) this.#readUpTo = last;
  }

  #present(state: "viewing" | "typing" | "gone"): void {
    if (!this.desk.isAgent) return;
    this.desk.calls.presence(this.id, state).catch(() => undefined);
  }
}
