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
  /** The `dueAt` by which each of them was placed; NaN: it has not been placed. */
  readonly #placed = new Map<number, number>();
  readonly #waiting = new Set<number>();
  /** What changed while a page is on its way; null: none is. */
  #meanwhile: Set<number> | null = null;
  #isStill = false;
  readonly #rows: ReadonlyMap<number, TicketRow>;

  constructor(filter: TicketFilter, rows: ReadonlyMap<number, TicketRow>) {
    this.filter = filter;
    this.#rows = rows;
  }

  get ids(): readonly number[] {
    return this.#ids;
  }

  has(id: number): boolean {
    return this.#placed.has(id);
  }

  /** Whether a ticket of that place would stand in what is loaded; `dueAt` null: it is not known. */
  reaches(id: number, dueAt: number | null): boolean {
    if (this.next === undefined) return false;
    if (this.next === null) return true;
    const last = this.#rows.get(this.#ids.at(-1) ?? -1);
    if (!last) return false;
    if (this.filter.status === "closed") return id > last.id;
    return dueAt === null || dueAt < last.dueAt || (dueAt === last.dueAt && id < last.id);
  }

  /** Rows that would have come while it is held still. */
  get comers(): number {
    let count = 0;
    for (const id of this.#waiting) if (!this.#placed.has(id) && this.#shouldHave(id)) count++;
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

  /** A page is asked for: what changes from now on may not be in it. */
  awaitPage(): void {
    this.#meanwhile = new Set();
  }

  /** Takes a fetched page; the first one in place of what was there. */
  take(ids: readonly number[], next: string | null, isFirst: boolean): void {
    if (isFirst) {
      this.#ids = [];
      this.#placed.clear();
      this.#waiting.clear();
    }
    const added = ids.filter((id) => !this.#placed.has(id));
    for (const id of added) this.#placed.set(id, Number.NaN);
    this.#ids = [...this.#ids, ...added];
    this.next = next;
    // What changed since the server read its page, in it and beside it.
    if (this.filter.search === "") this.#settle([...ids, ...(this.#meanwhile ?? [])]);
    this.#meanwhile = null;
  }

  /** Rows changed, came or went. */
  touch(ids: Iterable<number>): void {
    if (this.filter.search !== "") return;
    if (this.#meanwhile) for (const id of ids) this.#meanwhile.add(id);
    if (this.#isStill) for (const id of ids) this.#waiting.add(id);
    else this.#settle(ids);
  }

  #shouldHave(id: number): boolean {
    const row = this.#rows.get(id);
    if (!row || !fits(this.filter, row)) return false;
    return this.#placed.has(id) || this.reaches(id, row.dueAt);
  }

  /** Puts those in order that came, went or moved: what it costs is theirs, and one copy of the ids. */
  #settle(ids: Iterable<number>): void {
    const moved = new Set<number>();
    const placed: number[] = [];
    for (const id of ids) {
      const [stoodAt, comes] = [this.#placed.get(id), this.#shouldHave(id)];
      if (moved.has(id) || (stoodAt === undefined && !comes)) continue;
      if (comes && stoodAt === this.#rows.get(id)?.dueAt) continue;
      moved.add(id);
      if (comes) placed.push(id);
    }
    if (moved.size === 0) return;
    const stay = this.#ids.filter((id) => !moved.has(id));
    for (const id of moved) this.#placed.delete(id);
    const merged: number[] = [];
    let at = 0;
    for (const id of placed.sort((a, b) => this.#compare(a, b))) {
      const end = this.#placeOf(id, stay, at);
      while (at < end) merged.push(stay[at++] ?? 0);
      merged.push(id);
      this.#placed.set(id, this.#rows.get(id)?.dueAt ?? Number.NaN);
    }
    while (at < stay.length) merged.push(stay[at++] ?? 0);
    this.#ids = merged;
  }

  /** Before which of those that stand in order, from `low` on, a ticket belongs. */
  #placeOf(id: number, stay: readonly number[], low: number): number {
    let [from, to] = [low, stay.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if (this.#compare(stay[middle] ?? 0, id) < 0) from = middle + 1;
      else to = middle;
    }
    return from;
  }

  #compare(a: number, b: number): number {
    const [one, other] = [this.#rows.get(a), this.#rows.get(b)];
    return one && other ? compareRows(this.filter, one, other) : 0;
  }
}
