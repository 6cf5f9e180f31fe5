import type { Owned } from "./rules.js";

/** Words that nobody else writes: each stands for whose text it is in, wherever it turns up. */
export class Marks {
  readonly run: string;
  readonly #owned: Owned[] = [];
  readonly #pattern: RegExp;

  /** `run`: lower-case letters and digits. */
  constructor(run: string) {
    this.run = run;
    this.#pattern = new RegExp(`zq${run}x([0-9a-f]+)z`, "gi");
  }

  /** A new word for a text of that kind. */
  make(owned: Owned): string {
    this.#owned.push(owned);
    return `zq${this.run}x${(this.#owned.length - 1).toString(16)}z`;
  }

  /** A word that was made before, of any kind; null before the first. */
  draw(below: (limit: number) => number): string | null {
    if (this.#owned.length === 0) return null;
    return `zq${this.run}x${below(this.#owned.length).toString(16)}z`;
  }

  /** Each marked word in `text`, once, with whose it is. */
  find(text: string): { word: string; owned: Owned }[] {
    const words = new Set([...text.matchAll(this.#pattern)].map((match) => match[0].toLowerCase()));
    return [...words].flatMap((word) => {
      const index = Number.parseInt(word.slice(`zq${this.run}x`.length, -1), 16);
      const owned = this.#owned[index];
      return owned ? [{ word, owned }] : [];
    });
  }
}
