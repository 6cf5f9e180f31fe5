/** What stands in the inbox, top to bottom. */
export type InboxItem =
  | { kind: "mine-head" | "list-head" }
  | { kind: "mine-text" | "list-text" }
  | { kind: "row"; part: "mine" | "list"; id: number };

export const headHeightPx = 36;
export const rowHeightPx = 56;

/**
 * Where each item of the inbox stands. Heads and rows have fixed heights, so that nothing is measured and no list of all
 * items is made: a change among 50,000 tickets costs what is on the screen.
 */
export class RowLayout {
  readonly #mine: readonly number[] | null;
  readonly #rest: readonly number[];
  /** Items of the first part: its head, and its rows or one text in their place. */
  readonly #mineCount: number;
  readonly #mineHeight: number;

  /** `mine`: null where that part is not shown. */
  constructor(mine: readonly number[] | null, rest: readonly number[]) {
    this.#mine = mine;
    this.#rest = rest;
    this.#mineCount = mine === null ? 0 : 1 + Math.max(1, mine.length);
    this.#mineHeight = mine === null ? 0 : heightOf(mine.length);
  }

  get count(): number {
    return this.#mineCount + 1 + Math.max(1, this.#rest.length);
  }

  get height(): number {
    return this.#mineHeight + heightOf(this.#rest.length);
  }

  /** Tickets in all. */
  get rows(): number {
    return (this.#mine?.length ?? 0) + this.#rest.length;
  }

  at(index: number): InboxItem | undefined {
    if (index < 0 || index >= this.count) return undefined;
    const isMine = index < this.#mineCount;
    const inPart = isMine ? index : index - this.#mineCount;
    const part = isMine ? "mine" : "list";
    if (inPart === 0) return { kind: `${part}-head` };
    const id = (isMine ? this.#mine : this.#rest)?.[inPart - 1];
    return id === undefined ? { kind: `${part}-text` } : { kind: "row", part, id };
  }

  /** Pixels above an item. */
  topOf(index: number): number {
    const isMine = index < this.#mineCount;
    const inPart = isMine ? index : index - this.#mineCount;
    const before = isMine ? 0 : this.#mineHeight;
    return before + (inPart === 0 ? 0 : headHeightPx + (inPart - 1) * rowHeightPx);
  }

  /** The item at that many pixels from the top. */
  indexAt(px: number): number {
    const isMine = px < this.#mineHeight;
    const inPart = isMine ? px : px - this.#mineHeight;
    const index = inPart < headHeightPx ? 0 : 1 + Math.floor((inPart - headHeightPx) / rowHeightPx);
    return Math.min(this.count - 1, Math.max(0, (isMine ? 0 : this.#mineCount) + index));
  }

  /** The place of a ticket; -1: it is not here. */
  indexOf(id: number): number {
    const mine = this.#mine?.indexOf(id) ?? -1;
    if (mine >= 0) return 1 + mine;
    const rest = this.#rest.indexOf(id);
    return rest >= 0 ? this.#mineCount + 1 + rest : -1;
  }

  /** The next item with a ticket from there, in steps of 1 or -1; the same one when there is none. */
  rowFrom(index: number, step: 1 | -1): number {
    for (let at = index + step; at >= 0 && at < this.count; at += step) if (this.at(at)?.kind === "row") return at;
    return index;
  }
}

function heightOf(rows: number): number {
  return headHeightPx + (rows === 0 ? headHeightPx : rows * rowHeightPx);
}
