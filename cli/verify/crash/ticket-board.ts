/** Where a ticket stands, as far as the load was told. */
export interface BoardTicket {
  id: number;
  customer: number;
  state: "waiting" | "owned" | "closed";
  /** Who owns it, or closed it. */
  agentId: number | null;
}

/** A set that a random member can be taken of in one step. */
class Pool {
  readonly #ids: number[] = [];
  readonly #places = new Map<number, number>();

  get size(): number {
    return this.#ids.length;
  }

  add(id: number): void {
    if (this.#places.has(id)) return;
    this.#places.set(id, this.#ids.length);
    this.#ids.push(id);
  }

  delete(id: number): void {
    const place = this.#places.get(id);
    const last = this.#ids.at(-1);
    if (place === undefined || last === undefined) return;
    this.#ids[place] = last;
    this.#places.set(last, place);
    this.#ids.pop();
    this.#places.delete(id);
  }

  any(below: (limit: number) => number): number | null {
    return this.#ids[below(Math.max(1, this.#ids.length))] ?? null;
  }
}

/**
 * What the load believes of its tickets, from answers and frames: enough to choose what to do next. What is true is asked
 * of the database, by the audit.
 */
export class TicketBoard {
  readonly #tickets = new Map<number, BoardTicket>();
  readonly #byState = { waiting: new Pool(), owned: new Pool(), closed: new Pool() };

  opened(id: number, customer: number): void {
    if (this.#tickets.has(id)) return;
    this.#tickets.set(id, { id, customer, state: "waiting", agentId: null });
    this.#byState.waiting.add(id);
  }

  /** It stands so now; nothing for a ticket that is not one of the run's. */
  moved(id: number, state: BoardTicket["state"], agentId: number | null): void {
    const ticket = this.#tickets.get(id);
    if (!ticket) return;
    this.#byState[ticket.state].delete(id);
    ticket.state = state;
    if (state !== "closed" || agentId !== null) ticket.agentId = agentId;
    this.#byState[state].add(id);
  }

  any(state: BoardTicket["state"], below: (limit: number) => number): BoardTicket | null {
    const id = this.#byState[state].any(below);
    return id === null ? null : (this.#tickets.get(id) ?? null);
  }

  count(state: BoardTicket["state"]): number {
    return this.#byState[state].size;
  }
}
