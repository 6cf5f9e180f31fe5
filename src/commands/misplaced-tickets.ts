import type { Database } from "../db/database.js";
import { findMisplaced } from "../db/queries/find-misplaced.js";

/** Tickets that are found at a time: what is live stays ahead of them. */
export const misplacedMax = 1000;

/**
 * Finds, after a change of queues or topics, what waits in a queue that is not its topic's any more, some at a time:
 * 200,000 in a quarter of an hour when asked every five seconds. Until then they wait, and are given out, where they are.
 * It goes through all that waits until it finds nothing, and then looks no more until the queues change again. That is
 * remembered here and nowhere else: whoever starts anew looks once.
 */
export class MisplacedTickets {
  readonly #db: Database;
  /** The queues with which nothing was out of place. */
  #settledFor: string | null = null;
  #lookingFor: string | null = null;
  #afterId = 0;
  #found = 0;

  constructor(db: Database) {
    this.#db = db;
  }

  /** Tickets that are to be routed again; none when everything is in its place. */
  async next(): Promise<number[]> {
    const queues = await this.#db.kysely.selectFrom("queues").select(["name", "topics"]).orderBy("name").execute();
    const now = JSON.stringify(queues);
    if (now === this.#settledFor) return [];
    if (now !== this.#lookingFor) this.#startAnew(now);
    const ids = await findMisplaced(this.#db.kysely, { afterId: this.#afterId, limit: misplacedMax });
    this.#found += ids.length;
    const last = ids.at(-1);
    if (last !== undefined && ids.length === misplacedMax) this.#afterId = last;
    else if (this.#found === 0) this.#settledFor = now;
    else this.#startAnew(now);
    return ids;
  }

  #startAnew(queues: string): void {
    this.#lookingFor = queues;
    this.#afterId = 0;
    this.#found = 0;
  }
}
