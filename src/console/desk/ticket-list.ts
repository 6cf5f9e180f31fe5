import type { TicketLevel, TicketRow, TicketStatus } from "./ticket-row.js";

/** What a list shows. Empty texts do not narrow. */
export interface TicketFilter {
  status: TicketStatus | "";
  level: TicketLevel | "";
  topic: string;
  queue: string;
  /** Words; found by the server alone. */
  search: string;
}

export const waitingFilter: TicketFilter = { status: "unassigned", level: "", topic: "", queue: "", search: "" };

/** Whether the row is one of the list's. A search is the server's to judge. */
export function fits(filter: TicketFilter, row: TicketRow): boolean {
  return (
    (filter.status === "" || row.status === filter.status) &&
    (filter.level === "" || row.level === filter.level) &&
    (filter.topic === "" || row.topic === filter.topic) &&
    (filter.queue === "" || row.queue === filter.queue)
  );
}

/** Negative: `a` stands before `b`. What waits stands in queue order, closed ones the newest first. */
export function compareRows(filter: TicketFilter, a: TicketRow, b: TicketRow): number {
  return filter.status === "closed" ? b.id - a.id : a.dueAt - b.dueAt || a.id - b.id;
}

/**
 * The ids of a list in its order, kept right while rows change. It holds the pages that were fetched; a row beyond the
 * last of them comes with its page. While it is held still, rows change where they stand, and what would move, come or
 * go waits.
 */
export class TicketList {
  readonly filter: TicketFilter;
  /** Cursor of the page that follows; null: it is whole; undefined: nothing was fetched yet. */
  next: string | null | undefined;
  #ids: number[] = [];
  #has = new Set<number>();
  readonly #waiting = new Set<number>();
  #isStill = false;
  readonly #rows: ReadonlyMap<number, TicketRow>;

  constructor(filter: TicketFilter, rows: ReadonlyMap<number, TicketRow>) {
    this.filter = filter;
    this.#rows = rows;
  }

  get ids(): readonly number[] {
    return this.#ids;
  }

  /** Rows that would have come while it is held still. */
  get comers(): number {
    let count = 0;
    for (const id of this.#waiting) if (!this.#has.has(id) && this.#shouldHave(id)) count++;
    return count;
  }

  /** Holds the order still, or lets what waited happen. Whether anything did. */
  hold(isStill: boolean): boolean {
    this.#isStill = isStill;
    if (isStill || this.#waiting.size === 0) return false;
    this.#settle(this.#waiting);
    this.#waiting.clear();
    return true;
  }

  /** Takes a fetched page; the first one in place of what was there. */
  take(ids: readonly number[], next: string | null, isFirst: boolean): void {
    if (isFirst) {
      this.#ids = [];
      this.#waiting.clear();
    }
    const known = new Set(this.#ids);
    this.#ids = [...this.#ids, ...ids.filter((id) => !known.has(id))];
    this.next = next;
    this.#has = new Set(this.#ids);
    // What changed since the server read its page.
    if (this.filter.search === "") this.#settle(ids);
  }

  /** Rows changed, came or went. */
  touch(ids: Iterable<number>): void {
    if (this.filter.search !== "") return;
    if (this.#isStill) for (const id of ids) this.#waiting.add(id);
    else this.#settle(ids);
  }

  #shouldHave(id: number): boolean {
    const row = this.#rows.get(id);
    if (!row || !fits(this.filter, row) || this.next === undefined) return false;
    if (this.next === null || this.#has.has(id)) return true;
    const last = this.#rows.get(this.#ids.at(-1) ?? -1);
    return last !== undefined && compareRows(this.filter, row, last) < 0;
  }

  #settle(ids: Iterable<number>): void {
    const touched = new Set<number>();
    for (const id of ids) if (this.#has.has(id) || this.#shouldHave(id)) touched.add(id);
    if (touched.size === 0) return;
    const stay = this.#ids.filter((id) => !touched.has(id) && this.#rows.has(id));
    const placed = [...touched].filter((id) => this.#shouldHave(id)).sort((a, b) => this.#compare(a, b));
    // Both parts are in order: one walk merges them, however many there are.
    const merged: number[] = [];
    let at = 0;
    for (const id of placed) {
      for (; at < stay.length && this.#compare(stay[at] ?? 0, id) < 0; at++) merged.push(stay[at] ?? 0);
      merged.push(id);
    }
    for (; at < stay.length; at++) merged.push(stay[at] ?? 0);
    this.#ids = merged;
    this.#has = new Set(merged);
  }

  #compare(a: number, b: number): number {
    const [one, other] = [this.#rows.get(a), this.#rows.get(b)];
    return one && other ? compareRows(this.filter, one, other) : 0;
  }
}
