import type { TextStorage } from "../desk/drafts.js";
import type { Upload } from "../http/desk-calls.js";

/** Something that was said and is not stored yet. */
export interface PendingSay {
  key: string;
  text: string;
  file: Upload | null;
  at: number;
  /** Why the desk would not have it. */
  refusal: string | null;
}

/**
 * What is on its way, by case (0: one that is not opened yet), kept over a reload: said again with the same key, it is there
 * once. A storage that is full or forbidden keeps nothing, which costs no more than the reload.
 */
export class KeptSays {
  readonly #storage: TextStorage;
  readonly #prefix: string;

  constructor(storage: TextStorage, prefix: string) {
    this.#storage = storage;
    this.#prefix = `${prefix}.says.`;
  }

  load(caseId: number): PendingSay[] {
    try {
      const kept: unknown = JSON.parse(this.#storage.getItem(this.#prefix + caseId) ?? "[]");
      if (!Array.isArray(kept)) return [];
      return kept.filter(isSay).map((item) => ({ ...item, refusal: null }));
    } catch {
      return [];
    }
  }

  save(caseId: number, items: readonly PendingSay[]): void {
    try {
      if (items.length === 0) this.#storage.removeItem(this.#prefix + caseId);
      else this.#storage.setItem(this.#prefix + caseId, JSON.stringify(items));
    } catch {
      // It is in memory, and on its way.
    }
  }
}

function isSay(item: unknown): item is PendingSay {
  const { key, text } = (item ?? {}) as Partial<PendingSay>;
  return typeof key === "string" && typeof text === "string";
}
