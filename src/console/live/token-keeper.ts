/** An access token, or what gives one: asked at every connection, and again some time before the token ends. */
export type TokenSource = string | (() => string | Promise<string>);

/** Asked for when three quarters of its time are over; not more often than that, ms. */
const renewAt = 0.75;
const shortestMs = 1000;
const longestTimerMs = 2 ** 31 - 1;

/** When a JWT ends and how long it lives, ms; null for what tells neither. Nothing is verified. */
export function lifeOf(token: string, nowMs: number): { leftMs: number } | null {
  try {
    const part = token.split(".")[1] ?? "";
    const claims: unknown = JSON.parse(atob(part.replaceAll("-", "+").replaceAll("_", "/")));
    if (typeof claims !== "object" || claims === null || !("exp" in claims)) return null;
    const leftMs = Number(claims.exp) * 1000 - nowMs;
    // This machine's clock may be wrong: it cannot have longer than it was given.
    const givenMs = "iat" in claims ? (Number(claims.exp) - Number(claims.iat)) * 1000 : leftMs;
    const least = Math.min(leftMs, givenMs);
    return Number.isFinite(least) ? { leftMs: Math.max(0, least) } : null;
  } catch {
    return null;
  }
}

/** Holds the token of a client: the last one that its source gave, and a new one in time. */
export class TokenKeeper {
  readonly #source: TokenSource | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #last: string | undefined;

  constructor(source: TokenSource | undefined) {
    this.#source = source;
  }

  /** Whether a token that was refused may be followed by another one. */
  get isRenewable(): boolean {
    return typeof this.#source === "function";
  }

  /** The last one that was given. */
  get last(): string | undefined {
    return this.#last;
  }

  /** Asks the source. Rejects as it does. */
  async ask(): Promise<string | undefined> {
    this.#last = typeof this.#source === "function" ? await this.#source() : this.#source;
    return this.#last;
  }

  /** Until `stop`: before each token ends, asks for the next one and hands it on. A source that fails is asked again. */
  keep(give: (token: string) => void): void {
    this.stop();
    if (!this.isRenewable || this.#last === undefined) return;
    const leftMs = lifeOf(this.#last, Date.now())?.leftMs;
    if (leftMs === undefined) return;
    const before = this.#last;
    const waitMs = Math.min(longestTimerMs, Math.max(shortestMs, leftMs * renewAt));
    const timer = setTimeout(async () => {
      const token = await this.ask().catch(() => undefined);
      if (this.#timer !== timer) return;
      this.#last = token ?? before;
      if (token !== undefined && token !== before) give(token);
      this.keep(give);
    }, waitMs);
    this.#timer = timer;
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
