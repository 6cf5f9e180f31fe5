/** The part of `localStorage` that is used. */
export interface TextStorage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

/** What was begun and not sent. */
export interface Draft {
  text: string;
  isNote: boolean;
  /** The canned reply that the text is, as long as nobody changed it. */
  canned: { id: number; text: string } | null;
}

export const noDraft: Draft = { text: "", isNote: false, canned: null };

/** Drafts by ticket, kept over a reload. A full or forbidden storage keeps them in memory. */
export class Drafts {
  readonly #storage: TextStorage;
  readonly #prefix: string;
  readonly #kept = new Map<number, Draft>();

  constructor(storage: TextStorage, userId: number) {
    this.#storage = storage;
    this.#prefix = `switchboard.draft.${userId}.`;
  }

  read(ticketId: number): Draft {
    const kept = this.#kept.get(ticketId);
    if (kept) return kept;
    try {
      const text = this.#storage.getItem(this.#prefix + ticketId);
      const found = text === null ? null : (JSON.parse(text) as Partial<Draft>);
      const draft = found && typeof found.text === "string" ? { ...noDraft, ...found } : noDraft;
      this.#kept.set(ticketId, draft);
      return draft;
    } catch {
      return noDraft;
    }
  }

  write(ticketId: number, draft: Draft): void {
    this.#kept.set(ticketId, draft);
    try {
      if (draft.text === "") this.#storage.removeItem(this.#prefix + ticketId);
      else this.#storage.setItem(this.#prefix + ticketId, JSON.stringify(draft));
    } catch {
      // In memory it is kept.
    }
  }
}
