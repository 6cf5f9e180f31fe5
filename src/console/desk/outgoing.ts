import { asCallError } from "../http/call-error.js";
import type { DeskCalls } from "../http/desk-calls.js";
import type { TextStorage } from "./drafts.js";
import { Observable } from "./observable.js";

/** Something that was said here and is on its way. */
export interface Outgoing {
  /** Makes a repetition harmless, over a reload too. */
  key: string;
  ticketId: number;
  conversationId: number;
  kind: "reply" | "note";
  text: string;
  version: number;
  keepOpen: boolean;
  cannedId: number | null;
  attachment: { id: number; name: string } | null;
  at: number;
  /** `waiting`: it goes out again by itself. `refused`: somebody has to decide. */
  state: "sending" | "waiting" | "refused";
  /** What the desk said to it. */
  refusal: { code: string; detail: string; facts: Readonly<Record<string, unknown>> } | null;
}

export type NewOutgoing = Omit<Outgoing, "key" | "at" | "state" | "refusal">;

export interface OutgoingOptions {
  calls: DeskCalls;
  storage: TextStorage;
  userId: number;
  newKey: () => string;
  now?: () => number;
  /** Runs later; returns what keeps it from running. */
  later?: (run: () => void, ms: number) => () => void;
  onSent: (item: Outgoing) => void;
}

const firstRetryMs = 1000;
const lastRetryMs = 15_000;

const timer = (run: () => void, ms: number) => {
  const id = setTimeout(run, ms);
  return () => clearTimeout(id);
};

/**
 * What is on its way to the desk: shown at once, sent in the order in which it was said, again while nothing answers, and
 * kept over a reload until it is stored.
 */
export class OutgoingQueue extends Observable {
  readonly #options: OutgoingOptions;
  readonly #storeKey: string;
  #items: readonly Outgoing[];
  #isSending = false;
  #failures = 0;
  #cancel: (() => void) | null = null;

  constructor(options: OutgoingOptions) {
    super();
    this.#options = options;
    this.#storeKey = `switchboard.outgoing.${options.userId}`;
    this.#items = this.#load();
    void this.#pump();
  }

  get items(): readonly Outgoing[] {
    return this.#items;
  }

  of(ticketId: number): readonly Outgoing[] {
    return this.#items.filter((item) => item.ticketId === ticketId);
  }

  send(item: NewOutgoing): void {
    const at = (this.#options.now ?? Date.now)();
    this.#save([...this.#items, { ...item, key: this.#options.newKey(), at, state: "sending", refusal: null }]);
    void this.#pump();
  }

  /**
   * Sends a refused one once more, as another call: what was refused under its key stays refused. It carries the version
   * that is known here, or the refusal's own where that is newer: what it told of was shown.
   */
  again(key: string, known?: number): void {
    const told = this.#items.find((item) => item.key === key)?.refusal?.facts.version;
    const version = typeof told === "number" ? Math.max(told, known ?? 0) : known;
    this.#change(key, {
      key: this.#options.newKey(),
      state: "sending",
      refusal: null,
      ...(version === undefined ? {} : { version }),
    });
    void this.#pump();
  }

  /** Takes it back; its text is the caller's to keep. */
  discard(key: string): void {
    this.#save(this.#items.filter((item) => item.key !== key));
  }

  /** The connection is back: what waits goes out now. */
  retryNow(): void {
    this.#failures = 0;
    this.#cancel?.();
    this.#cancel = null;
    void this.#pump();
  }

  async #pump(): Promise<void> {
    if (this.#isSending) return;
    this.#isSending = true;
    try {
      for (let item = this.#next(); item; item = this.#next()) {
        this.#change(item.key, { state: "sending" });
        if (!(await this.#sendOne(item))) return;
      }
    } finally {
      this.#isSending = false;
    }
  }

  /** The first that is to go out and does not stand behind a refused one of its own ticket. */
  #next(): Outgoing | undefined {
    const blocked = new Set<number>();
    for (const item of this.#items) {
      if (item.state === "refused") blocked.add(item.ticketId);
      else if (!blocked.has(item.ticketId)) return item;
    }
    return undefined;
  }

  /** false: nothing answered; it is tried again later. */
  async #sendOne(item: Outgoing): Promise<boolean> {
    try {
      await this.#call(item);
    } catch (error) {
      const failed = asCallError(error);
      if (failed.isPassing) {
        this.#change(item.key, { state: "waiting" });
        const ms = Math.min(lastRetryMs, firstRetryMs * 2 ** this.#failures++);
        this.#cancel = (this.#options.later ?? timer)(() => void this.#pump(), ms);
        return false;
      }
      const { code, message: detail, facts } = failed;
      this.#change(item.key, { state: "refused", refusal: { code, detail, facts } });
      return true;
    }
    this.#failures = 0;
    this.discard(item.key);
    this.#options.onSent(item);
    return true;
  }

  async #call(item: Outgoing): Promise<void> {
    const { calls } = this.#options;
    const { ticketId, conversationId, text, key, attachment, cannedId } = item;
    if (item.kind === "note") return void (await calls.note(ticketId, text, key));
    // A file goes as a message that keeps the ticket open; the words that close it follow.
    if (attachment) {
      await calls.say(conversationId, item.keepOpen ? text : "", attachment.id, key);
      if (item.keepOpen || text === "") return;
    }
    const reply = { text, version: item.version, keepOpen: item.keepOpen, key: attachment ? `${key}.text` : key };
    await (cannedId === null ? calls.reply(ticketId, reply) : calls.canned(ticketId, cannedId, reply));
  }

  #change(key: string, change: Partial<Outgoing>): void {
    this.#save(this.#items.map((item) => (item.key === key ? { ...item, ...change } : item)));
  }

  #save(items: readonly Outgoing[]): void {
    this.#items = items;
    try {
      if (items.length === 0) this.#options.storage.removeItem(this.#storeKey);
      else this.#options.storage.setItem(this.#storeKey, JSON.stringify(items));
    } catch {
      // In memory they are kept.
    }
    this.changed();
  }

  #load(): readonly Outgoing[] {
    try {
      return JSON.parse(this.#options.storage.getItem(this.#storeKey) ?? "[]") as Outgoing[];
    } catch {
      return [];
    }
  }
}
