import { httpStatusOf } from "../contract/problems.js";
import { Refusal } from "../domain/errors.js";
import type { LimitRules } from "../runtime/limit-rules.js";
import type { Limiter, Taken } from "../runtime/limiter.js";

export interface SocketLimitsOptions {
  limiter: Limiter;
  rules: LimitRules;
  /** Sockets that one user may have open at this relay. */
  perUserMax: number;
}

/** Holds those who open sockets to how often they may, and to how many one user has. */
export class SocketLimits {
  readonly #options: SocketLimitsOptions;
  readonly #open = new Map<number, number>();

  constructor(options: SocketLimitsOptions) {
    this.#options = options;
  }

  /** Counts an upgrade before its token is looked at. Throws `rate_limited`. */
  arrived(address: string): void {
    const { limiter, rules } = this.#options;
    const taken = limiter.take(rules.socket, address);
    if (!taken.allowed) throw refusal("Too many sockets were opened from this address", taken);
  }

  /** Counts a 401 against its address: too many of them are answered 429. What else was thrown is as it was. */
  judged(address: string, error: unknown): unknown {
    if (!(error instanceof Refusal) || httpStatusOf[error.code] !== 401) return error;
    const { limiter, rules } = this.#options;
    const failures = limiter.take(rules.failure, address);
    return failures.allowed ? error : refusal("Too many refused calls from this address", failures);
  }

  /** Whether that user may have one more; who watches the open demo is no user. */
  hasRoom(userId: number | null): boolean {
    return userId === null || (this.#open.get(userId) ?? 0) < this.#options.perUserMax;
  }

  opened(userId: number | null): void {
    if (userId !== null) this.#open.set(userId, (this.#open.get(userId) ?? 0) + 1);
  }

  closed(userId: number | null): void {
    if (userId === null) return;
    const left = (this.#open.get(userId) ?? 0) - 1;
    if (left > 0) this.#open.set(userId, left);
    else this.#open.delete(userId);
  }
}

/** Its `retry_after_s` is also the answer's Retry-After. */
function refusal(what: string, { resetMs }: Taken): Refusal {
  const seconds = Math.max(1, Math.ceil(resetMs / 1000));
  return new Refusal("rate_limited", `${what}; try again in ${seconds} s.`, { retry_after_s: seconds });
}
