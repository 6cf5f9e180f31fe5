import type { PageSettings } from "./settings.js";

type Listener = (id: number | null) => void;

/** What a page can do with the widget: `window.Switchboard`, once the script has run. */
export interface SwitchboardOnPage extends PageSettings {
  /** The conversation that is open in the widget; null: none yet. */
  readonly conversationId: number | null;
  open(): void;
  close(): void;
  /** Calls back at each change; returns what ends it. A conversation that is open already is told at once. */
  on(what: "conversationchange", listener: Listener): () => void;
}

export interface PageHookOptions {
  /** The page's own object, which may hold settings: the methods are put on it, so that it stays the same one. */
  page: PageSettings;
  /** The page's function of the name in `data-on-conversation-change`, asked for at each change. */
  named: () => unknown;
  open: () => void;
  close: () => void;
  /** What a listener threw: the page's own fault, and reported as such. */
  report: (error: unknown) => void;
}

/**
 * Tells a page of each change of conversation, whichever way it asked: `onConversationChange` set before the script or
 * after it, `on("conversationchange")`, or the tag's `data-on-conversation-change`.
 */
export class PageHook {
  readonly #options: PageHookOptions;
  readonly #listeners = new Set<Listener>();
  #set: unknown;
  #id: number | null = null;

  constructor(options: PageHookOptions) {
    this.#options = options;
    const { page, open, close } = options;
    this.#set = page.onConversationChange;
    Object.defineProperties(page, {
      conversationId: { get: () => this.#id, enumerable: true },
      onConversationChange: {
        get: () => this.#set,
        set: (listener: unknown) => {
          this.#set = listener;
          if (this.#id !== null) this.#call(listener);
        },
        enumerable: true,
      },
      open: { value: open, enumerable: true },
      close: { value: close, enumerable: true },
      on: { value: (what: unknown, listener: unknown) => this.#on(what, listener), enumerable: true },
    });
  }

  /** The conversation is another one now; null: a new question is begun, or nobody is signed in. */
  tell(id: number | null): void {
    if (id === this.#id) return;
    this.#id = id;
    for (const listener of [this.#set, this.#options.named(), ...this.#listeners]) this.#call(listener);
  }

  #on(what: unknown, listener: unknown): () => void {
    if (what !== "conversationchange" || typeof listener !== "function") {
      throw new TypeError('Switchboard.on("conversationchange", listener)');
    }
    const one = listener as Listener;
    this.#listeners.add(one);
    if (this.#id !== null) this.#call(one);
    return () => this.#listeners.delete(one);
  }

  #call(listener: unknown): void {
    if (typeof listener !== "function") return;
    try {
      (listener as Listener)(this.#id);
    } catch (error) {
      this.#options.report(error);
    }
  }
}
