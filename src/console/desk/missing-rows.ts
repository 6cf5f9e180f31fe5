export interface MissingRowsOptions {
  fetchOne: (id: number) => Promise<void>;
  /** Fetches the lists anew, in place of many tickets one by one. */
  fetchAll: () => Promise<void>;
  /** Runs once after so many ms; returns what cancels it. */
  after?: (run: () => void, ms: number) => () => void;
}

/** What is asked for within that time is fetched together, ms. */
const gatherMs = 120;
/** More tickets at once than that: the lists are fetched anew. */
const oneByOneMax = 20;
/** A storm of unknown tickets has the lists fetched no sooner than so long after the last answer, ms. */
const restMs = 1000;

/** Tickets that are to be shown and of which nothing is known yet: fetched soon, together, and one round at a time. */
export class MissingRows {
  readonly #options: MissingRowsOptions;
  readonly #ids = new Set<number>();
  #cancel: (() => void) | null = null;
  #isFetching = false;
  #isStopped = false;

  constructor(options: MissingRowsOptions) {
    this.#options = options;
  }

  /** Never waits and never fails: what could not be fetched comes with its next frame. */
  ask(id: number): void {
    this.#ids.add(id);
    if (!this.#isFetching) this.#arm(gatherMs);
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancel?.();
  }

  #arm(ms: number): void {
    if (this.#isStopped || this.#cancel || this.#ids.size === 0) return;
    const { after = byTimeout } = this.#options;
    this.#cancel = after(() => {
      this.#cancel = null;
      void this.#fetch();
    }, ms);
  }

  async #fetch(): Promise<void> {
    const ids = [...this.#ids];
    this.#ids.clear();
    const isStorm = ids.length > oneByOneMax;
    this.#isFetching = true;
    try {
      if (isStorm) await this.#options.fetchAll();
      else for (const id of ids) await this.#options.fetchOne(id);
    } finally {
      this.#isFetching = false;
      this.#arm(isStorm ? restMs : gatherMs);
    }
  }
}

function byTimeout(run: () => void, ms: number): () => void {
  const timer = setTimeout(run, ms);
  return () => clearTimeout(timer);
}
