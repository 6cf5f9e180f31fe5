import type { SessionContext } from "../commands/open-session.js";
import type { ApiDependencies } from "./dependencies.js";

/** What the commands that open and renew sessions are given. */
export function sessionContext({ db, tokens, config }: ApiDependencies): SessionContext {
  return { db, tokens, refreshTtlS: config.REFRESH_TTL_S, sessionsMax: config.SESSIONS_MAX };
}
