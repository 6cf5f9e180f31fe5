import type { LimitRule } from "./limiter.js";
import type { Settings } from "./settings.js";

/** The settings of the limits. */
export type LimitSettings = Pick<Settings, Extract<keyof Settings, `RATE_LIMIT${string}`>>;

/** Every rule there is, by what it is about. */
export type LimitRules = Readonly<Record<LimitedThing, LimitRule>>;

export type LimitedThing =
  | "read"
  | "write"
  | "search"
  | "intake"
  | "assign"
  | "apiKey"
  | "auth"
  | "anonymous"
  | "failure"
  | "signIn"
  | "signInByEmail"
  | "socket";

const minuteMs = 60_000;
const hourMs = 3_600_000;
/** A person's sign-ins fail from one place; guesses at one account come from many. */
const placesPerEmail = 5;

/** The limits as the settings have them. With RATE_LIMITS=0 nothing is limited. */
export function limitRules(settings: LimitSettings): LimitRules {
  const on = settings.RATE_LIMITS ?? true;
  const rule = (name: LimitedThing, limit: number, windowMs = minuteMs): LimitRule => ({
    name,
    limit: on ? limit : 0,
    windowMs,
  });
  return {
    read: rule("read", settings.RATE_LIMIT_READ_PER_MINUTE),
    write: rule("write", settings.RATE_LIMIT_WRITE_PER_MINUTE),
    search: rule("search", settings.RATE_LIMIT_SEARCH_PER_MINUTE),
    intake: rule("intake", settings.RATE_LIMIT_INTAKE_PER_MINUTE),
    assign: rule("assign", settings.RATE_LIMIT_ASSIGN_PER_MINUTE),
    apiKey: rule("apiKey", settings.RATE_LIMIT_API_KEY_PER_MINUTE),
    auth: rule("auth", settings.RATE_LIMIT_AUTH_PER_MINUTE),
    anonymous: rule("anonymous", settings.RATE_LIMIT_ANONYMOUS_PER_MINUTE),
    failure: rule("failure", settings.RATE_LIMIT_FAILURES_PER_MINUTE),
    signIn: rule("signIn", settings.RATE_LIMIT_SIGN_IN_FAILURES_PER_HOUR, hourMs),
    signInByEmail: rule("signInByEmail", settings.RATE_LIMIT_SIGN_IN_FAILURES_PER_HOUR * placesPerEmail, hourMs),
    socket: rule("socket", settings.RATE_LIMIT_SOCKETS_PER_MINUTE),
  };
}
