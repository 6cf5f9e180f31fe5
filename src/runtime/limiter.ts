/** How often something may be done by one key (a user, an address) within a window of time. */
export interface LimitRule {
  /** Keeps the counts of different rules apart. */
  name: string;
  /** Points within a window; 0: as many as anybody likes. */
  limit: number;
  windowMs: number;
}

/** What became of a request for points. */
export interface Taken {
  allowed: boolean;
  /** The rule's; 0: there is no limit. */
  limit: number;
  /** Points that are left in this window, as far as this process knows. */
  remaining: number;
  /** Until the window ends and all points are there again, ms. */
  resetMs: number;
}

/** Counts of all processes, by key and window. */
export interface LimitStore {
  /** Adds points and tells all that were taken under the key. Rejects soon (some ms) when the store is away. */
  add(key: string, points: number, ttlS: number): Promise<number>;
  /** Forgets what was taken under the key. */
  drop(key: string): Promise<unknown>;
  close(): Promise<void>;
}

interface Count {
  /** Where the store keeps it: the key and its window. */
  storeKey: string;
  resetAt: number;
  /** Points taken in this process, and those of them that the store was told of. */
  own: number;
  told: number;
  /** Points that other processes took, as the store last said. */
  others: number;
  telling: boolean;
}

/** One part in so many of a limit may be taken before the store hears of it. */
const shares = 20;
/** Keys that are counted at once; the oldest are forgotten beyond that. */
const keysMax = 50_000;
/** A store that did not answer is left alone that long, ms. */
const awayMs = 1000;

const unlimited: Taken = { allowed: true, limit: 0, remaining: 0, resetMs: 0 };

/**
 * Counts who does what how often. Each process counts by itself and decides at once, without waiting; the store, where
 * there is one, is told of the points of a key whenever they make up a twentieth of the limit, and its answer says what
 * the other processes let through. So a caller who stays below a twentieth of its limit costs a look into a map and no
 * round trip, and N processes together let through at most 1 + N/20 times a limit. Without a store, or while it is away,
 * each process holds its callers to the limit alone.
 *
 * Windows are fixed and the same in all processes; they begin at another moment for each key, so that not all callers
 * come back at once.
 */
export class Limiter {
  readonly #store: LimitStore | null;
  readonly #now: () => number;
  readonly #counts = new Map<string, Count>();
  #awayUntil = 0;

  constructor(store: LimitStore | null, now: () => number = Date.now) {
    this.#store = store;
    this.#now = now;
  }

  /** Takes points if there are as many left; a refusal takes none. Never waits. */
  take(rule: LimitRule, key: string, points = 1): Taken {
    if (rule.limit === 0) return unlimited;
    const now = this.#now();
    const count = this.#countOf(rule, key, now);
    const allowed = count.own + count.others + points <= rule.limit;
    if (allowed) {
      count.own += points;
      const share = Math.max(1, Math.floor(rule.limit / shares));
      if (count.own - count.told >= share && !count.telling) void this.#tell(rule, count, now);
    }
    return standing(rule, count, allowed, now);
  }

  /** What `take` would answer, with nothing taken. */
  look(rule: LimitRule, key: string): Taken {
    if (rule.limit === 0) return unlimited;
    const now = this.#now();
    const count = this.#countOf(rule, key, now);
    return standing(rule, count, count.own + count.others < rule.limit, now);
  }

  /**
   * Takes points, exact over all processes: for what is rare and must not be guessed at. It asks the store each time, and
   * counts alone when that does not answer within some ms. Refusals count too.
   */
  async takeExactly(rule: LimitRule, key: string, points = 1): Promise<Taken> {
    if (rule.limit === 0) return unlimited;
    const now = this.#now();
    const count = this.#countOf(rule, key, now);
    count.own += points;
    if (this.#store && now >= this.#awayUntil) {
      try {
        count.own = await this.#store.add(count.storeKey, points, ttlOf(rule));
      } catch {
        this.#awayUntil = now + awayMs;
      }
    }
    return standing(rule, count, count.own <= rule.limit, now);
  }

  /** Gives back all points of a key in this window: what `takeExactly` counted against it turned out well. */
  forgive(rule: LimitRule, key: string): void {
    const id = idOf(rule, key);
    const count = this.#counts.get(id);
    if (!count) return;
    this.#counts.delete(id);
    this.#store?.drop(count.storeKey).catch(() => undefined);
  }

  /** Lets the store go; what is counted from now on is counted here. */
  async close(): Promise<void> {
    this.#awayUntil = Number.POSITIVE_INFINITY;
    await this.#store?.close();
  }

  #countOf(rule: LimitRule, key: string, now: number): Count {
    const id = idOf(rule, key);
    const known = this.#counts.get(id);
    if (known && known.resetAt > now) return known;
    const offset = hash(id) % rule.windowMs;
    const window = Math.floor((now + offset) / rule.windowMs);
    const resetAt = (window + 1) * rule.windowMs - offset;
    const fresh = { storeKey: `${id}:${window}`, resetAt, own: 0, told: 0, others: 0, telling: false };
    this.#counts.delete(id);
    this.#forgetOld(now);
    this.#counts.set(id, fresh);
    return fresh;
  }

  /** A map keeps the order of insertion: what is over stands in front, more or less. Two go for one that comes. */
  #forgetOld(now: number): void {
    let looked = 0;
    for (const [id, { resetAt }] of this.#counts) {
      if (++looked > 2 || (resetAt > now && this.#counts.size < keysMax)) return;
      this.#counts.delete(id);
    }
  }

  async #tell(rule: LimitRule, count: Count, now: number): Promise<void> {
    if (!this.#store || now < this.#awayUntil) return;
    const points = count.own - count.told;
    count.telling = true;
    try {
      const total = await this.#store.add(count.storeKey, points, ttlOf(rule));
      count.told += points;
      count.others = Math.max(0, total - count.told);
    } catch {
      this.#awayUntil = now + awayMs;
    } finally {
      count.telling = false;
    }
  }
}

const idOf = (rule: LimitRule, key: string) => `${rule.name}:${key}`;

/** The store keeps a count a little longer than its window, so that no clock is behind it. */
const ttlOf = (rule: LimitRule) => Math.ceil(rule.windowMs / 1000) + 1;

function standing(rule: LimitRule, count: Count, allowed: boolean, now: number): Taken {
  const remaining = Math.max(0, rule.limit - count.own - count.others);
  return { allowed, limit: rule.limit, remaining, resetMs: count.resetAt - now };
}

/** FNV-1a: spreads keys over a window; it keeps nothing secret. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  }
  return value >>> 0;
}
