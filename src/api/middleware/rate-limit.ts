import { createHash } from "node:crypto";
import { httpStatusOf } from "../../contract/problems.js";
import { Refusal } from "../../domain/errors.js";
import { type LimitRules, type LimitSettings, limitRules } from "../../runtime/limit-rules.js";
import type { Limiter, LimitRule, Taken } from "../../runtime/limiter.js";
import type { Caller } from "../caller.js";
import { type ApiContext, headerOf } from "../environment.js";
import { clientAddress } from "./client-address.js";

/**
 * What calls are counted as. `search` counts as a read where nothing is searched for; `none` is not counted: health, and
 * files that cost nothing.
 */
export type RouteClass = "read" | "write" | "search" | "intake" | "assign" | "auth" | "none";

/** Holds callers to how often they may call. */
export interface Limits {
  /** Counts a call: by its caller; by its address when it is nobody's (null). Throws `rate_limited`. */
  call(c: ApiContext, caller: Caller | null, routeClass: RouteClass): void;
  /**
   * The caller that `check` finds by an API key. An address from which too many were refused is not looked at again for
   * that minute, unless with a key that was good before: a look costs a read. Throws `rate_limited`.
   */
  byKey(c: ApiContext, check: () => Promise<Caller | null>): Promise<Caller | null>;
  /** Counts a 401 against the address; too many of them are answered 429. Whatever else was thrown, it is as it was. */
  judged(c: ApiContext, error: unknown): unknown;
  /**
   * Runs a sign-in: what fails counts against the e-mail address, whether or not anybody has it, and what succeeds clears
   * it. Throws `rate_limited` before anything is looked up.
   */
  signIn<T>(c: ApiContext, email: string, attempt: () => Promise<T>): Promise<T>;
}

export interface LimitsOptions {
  limiter: Limiter;
  settings: LimitSettings;
  trustProxy: boolean;
}

/** Who runs imports and scripts, or is all callers of the open demo in one, may do ten times as much. */
const generosity = 10;
const goodKeysMax = 1000;

export function createLimits({ limiter, settings, trustProxy }: LimitsOptions): Limits {
  const rules = limitRules(settings);
  const generous = Object.fromEntries(
    Object.entries(rules).map(([name, rule]) => [name, { ...rule, limit: rule.limit * generosity }]),
  ) as LimitRules;
  /** Keys that were good when they were last looked up. */
  const goodKeys = new Set<string>();
  const addressOf = (c: ApiContext) => clientAddress(c, trustProxy);

  function ruleFor(c: ApiContext, caller: Caller | null, routeClass: Exclude<RouteClass, "none">): LimitRule {
    if (!caller) return routeClass === "auth" ? rules.auth : rules.anonymous;
    const { kind, role } = caller.actor;
    const trusted = kind !== "user" || role === "admin";
    if (routeClass === "intake" && trusted) return rules.apiKey;
    const own = trusted ? generous : rules;
    return routeClass === "search" && !asksForWords(c.req.url) ? own.read : own[routeClass];
  }

  return {
    call: (c, caller, routeClass) => {
      if (routeClass === "none") return;
      const rule = ruleFor(c, caller, routeClass);
      if (rule.limit === 0) return;
      const taken = limiter.take(rule, caller ? nameOf(c, caller) : addressOf(c));
      c.set("limited", taken);
      if (!taken.allowed) throw refusal("Too many calls of this kind", taken);
    },
    byKey: async (c, check) => {
      const key = headerOf(c, "x-api-key");
      if (key === undefined) return check();
      if (!goodKeys.has(key)) {
        const failures = limiter.look(rules.failure, addressOf(c));
        if (!failures.allowed) throw limited(c, "Too many refused calls from this address", failures);
      }
      const caller = await check();
      if (goodKeys.size >= goodKeysMax) goodKeys.clear();
      if (caller) goodKeys.add(key);
      return caller;
    },
    judged: (c, error) => {
      if (!(error instanceof Refusal) || httpStatusOf[error.code] !== 401) return error;
      const failures = limiter.take(rules.failure, addressOf(c));
      return failures.allowed ? error : limited(c, "Too many refused calls from this address", failures);
    },
    signIn: async (c, email, attempt) => {
      const who = createHash("sha256").update(email.trim().toLowerCase()).digest("base64url");
      const counts = [
        [rules.signIn, `${addressOf(c)} ${who}`],
        [rules.signInByEmail, who],
      ] as const;
      for (const [rule, key] of counts) {
        const taken = await limiter.takeExactly(rule, key);
        if (!taken.allowed) throw limited(c, "Too many failed sign-ins with this e-mail address", taken);
      }
      try {
        const done = await attempt();
        for (const [rule, key] of counts) limiter.forgive(rule, key);
        return done;
      } catch (error) {
        // What is not the caller's failure is not held against it.
        const wrong = error instanceof Refusal && httpStatusOf[error.code] < 500;
        if (!wrong) for (const [rule, key] of counts) await limiter.takeExactly(rule, key, -1);
        throw error;
      }
    },
  };
}

/** Whether a list is to be searched for words. */
function asksForWords(url: string): boolean {
  const start = url.indexOf("?");
  if (start === -1) return false;
  const query = new URLSearchParams(url.slice(start));
  return [...query.getAll("search"), ...query.getAll("q")].some((words) => words !== "");
}

/** What a caller's calls are counted under. */
function nameOf(c: ApiContext, { actor }: Caller): string {
  if (actor.kind === "user") return `user ${actor.id}`;
  return actor.kind === "api_key" ? `key ${headerOf(c, "x-api-key")}` : actor.kind;
}

function limited(c: ApiContext, what: string, taken: Taken): Refusal {
  c.set("limited", taken);
  return refusal(what, taken);
}

function refusal(what: string, taken: Taken): Refusal {
  return new Refusal("rate_limited", `${what}; try again in ${secondsUntil(taken)} s.`);
}

/** Whole seconds until the points are there again; at least one. */
export const secondsUntil = ({ resetMs }: Taken) => Math.max(1, Math.ceil(resetMs / 1000));

/** `RateLimit-Limit`, `-Remaining` and `-Reset` (seconds), as the IETF's draft had them until its sixth version. */
export function limitHeaders(taken: Taken): Record<string, string> {
  return {
    "ratelimit-limit": String(taken.limit),
    "ratelimit-remaining": String(taken.remaining),
    "ratelimit-reset": String(secondsUntil(taken)),
  };
}
