import type { ListedMessageView, MessageView } from "../../contract/http/messages.js";
import type { ServerFrame } from "../live/stream-log.js";
import { Observable } from "./observable.js";
import { type TicketFilter, TicketList, waitingFilter } from "./ticket-list.js";
import { rowAfter, rowOf, rowOfNew, type TicketRow } from "./ticket-row.js";

export interface TicketStoreOptions {
  /** Whose tickets are `mine`. */
  me: number;
  /** A ticket that nothing is known of yet is to be shown: fetch it. */
  fetchRow: (id: number) => void;
  schedule?: (run: () => void) => void;
}

/** Reasons of changes that leave a ticket's status, owner and queue as they were. */
const stays: ReadonlySet<string> = new Set([
  ...["scored", "routed", "edited", "note", "answered"],
  ...["delivered", "delivery_failed", "urgency_corrected"],
]);

/** All tickets that the console knows, and the two lists that show them. */
export class TicketStore extends Observable {
  readonly #me: number;
  readonly #fetchRow: (id: number) => void;
  readonly #rows = new Map<number, TicketRow>();
  readonly #touched = new Set<number>();
  #mine: number[] = [];
  #mineStill: number[] | null = null;
  /** All that is mine was fetched: what is held still is the new state. */
  #isToldAnew = false;
  list: TicketList;

  constructor(options: TicketStoreOptions) {
    super(options.schedule);
    this.#me = options.me;
    this.#fetchRow = options.fetchRow;
    this.list = new TicketList(waitingFilter, this.#rows);
  }

  row(id: number): TicketRow | undefined {
    return this.#rows.get(id);
  }

  /** What I hold, in queue order, what I put aside last. While it is held still, also what I held a moment ago. */
  get mine(): readonly number[] {
    return this.#mineStill ?? this.#mine;
  }

  /** How many of mine count against my capacity. */
  get held(): number {
    return this.#mine.filter((id) => this.#rows.get(id)?.snoozedUntil === null).length;
  }

  /** Rows that came while the lists are held still and are not shown. */
  get comers(): number {
    const still = this.#mineStill;
    const mine = still ? this.#mine.filter((id) => !still.includes(id)).length : 0;
    return mine + this.list.comers;
  }

  /** Another list; its first page is to be fetched. */
  show(filter: TicketFilter): TicketList {
    this.list = new TicketList(filter, this.#rows);
    this.changed();
    return this.list;
  }

  /** Holds both lists still while somebody points at them. */
  hold(isStill: boolean): void {
    if (isStill && this.#mineStill === null) this.#mineStill = this.#mine;
    if (!isStill) this.#mineStill = null;
    this.list.hold(isStill);
    this.changed();
  }

  /** Takes what the API answered: newer than what is known, or the same. */
  take(views: readonly (MessageView & Pick<ListedMessageView, "highlights">)[]): void {
    for (const view of views) {
      const known = this.#rows.get(view.id);
      if (!known || known.version <= view.version) this.#set(rowOf(view));
    }
  }

  /** Takes a page of the list. */
  takePage(list: TicketList, views: readonly ListedMessageView[], next: string | null, isFirst: boolean): void {
    this.take(views);
    list.take(
      views.map(({ id }) => id),
      next,
      isFirst,
    );
    this.changed();
  }

  /** All that I hold, as the API says it: what it does not name is not mine. */
  takeMine(views: readonly MessageView[]): void {
    const named = new Set(views.map(({ id }) => id));
    for (const id of this.#mine) if (!named.has(id)) this.#fetchRow(id);
    this.take(views);
    this.#isToldAnew = true;
    this.changed();
  }

  /** Takes a frame of the stream `agents`. */
  apply(frame: ServerFrame): void {
    const id = Number(frame.message_id);
    if (frame.type === "message_new" && !this.#rows.has(id)) this.#set(rowOfNew(frame));
    else if (frame.type === "message_deleted") this.#forget(id);
    else if (frame.type === "message_update") this.#update(id, frame);
    else if (frame.type === "batch_assigned") {
      for (const one of frame.message_ids as number[]) if (!this.#rows.has(one)) this.#fetchRow(one);
    }
  }

  #update(id: number, frame: ServerFrame): void {
    const row = this.#rows.get(id);
    if (row) {
      if (frame.reason === "snooze" && frame.assigned_to === this.#me) this.#fetchRow(id);
      this.#set(rowAfter(row, frame));
    } else if (frame.assigned_to === this.#me || this.#mayShow(frame)) this.#fetchRow(id);
  }

  /** Whether an unknown ticket may belong into what is loaded of the list, by what the frame tells of it. */
  #mayShow(frame: ServerFrame): boolean {
    const { status, search, queue, level } = this.list.filter;
    const urgency = frame.urgency as { level: string } | undefined;
    const dueAt = typeof frame.due_at === "string" ? Date.parse(frame.due_at) : null;
    // What neither moves nor changes hands stands where it stood: beyond the last page.
    if (dueAt === null && frame.was === undefined && stays.has(String(frame.reason))) return false;
    return (
      search === "" &&
      (status === "" || status === frame.status) &&
      (queue === "" || queue === frame.queue) &&
      (level === "" || urgency === undefined || urgency.level === level) &&
      (this.list.next === undefined || this.list.reaches(Number(frame.message_id), dueAt))
    );
  }

  #set(row: TicketRow): void {
    this.#rows.set(row.id, row);
    this.#touched.add(row.id);
    this.changed();
  }

  #forget(id: number): void {
    if (!this.#rows.delete(id)) return;
    this.#touched.add(id);
    this.changed();
  }

  protected override beforeTelling(): void {
    if (this.#touched.size > 0) this.#settle();
    if (this.#isToldAnew && this.#mineStill) this.#mineStill = this.#mine;
    this.#isToldAnew = false;
  }

  #settle(): void {
    this.list.touch(this.#touched);
    let changes = false;
    const mine = new Set(this.#mine);
    for (const id of this.#touched) {
      const row = this.#rows.get(id);
      const isMine = row?.status === "in_progress" && row.assignedTo === this.#me;
      if (isMine || mine.has(id)) changes = true;
      if (isMine) mine.add(id);
      else mine.delete(id);
    }
    this.#touched.clear();
    if (!changes) return;
    const key = (id: number) => this.#rows.get(id);
    this.#mine = [...mine].sort((a, b) => {
      const [one, other] = [key(a), key(b)];
      if (!one || !other) return 0;
      const asleep = Number(one.snoozedUntil !== null) - Number(other.snoozedUntil !== null);
      return asleep || one.dueAt - other.dueAt || a - b;
    });
  }
}
