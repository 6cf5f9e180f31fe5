import { refreshSession } from "../../../commands/refresh-session.js";
import { refreshRequest, sessionSchema } from "../../../contract/http/auth.js";
import { Refusal } from "../../../domain/errors.js";
import { closeSockets } from "../../close-sockets.js";
import { endpoint } from "../../endpoint.js";
import { sessionContext } from "../../session-context.js";

/**
 * Renews a session. A refresh token that was used before ends it and closes its user's sockets; whoever shows it is told no
 * more than of one that never was, the log is.
 */
export const refresh = endpoint({
  method: "post",
  path: "/api/auth/refresh/",
  tag: "Signing in",
  summary: "A new pair of tokens for a refresh token, which is used up; shown again it ends the session",
  policy: "session.open",
  limit: "auth",
  body: refreshRequest,
  answers: { 200: { description: "An access token, a refresh token, and whose they are", schema: sessionSchema } },
  refusals: ["unauthorized"],
  run: async ({ body, deps, context }) => {
    const refreshed = await refreshSession(sessionContext(deps), body);
    if (refreshed.outcome === "renewed") return { status: 200, body: refreshed.session };
    if (refreshed.outcome === "reused") {
      const { userId } = refreshed;
      const ids = { user_id: userId, request_id: context.requestId };
      deps.logger.warn(ids, "a refresh token was shown again after its use: its session is ended");
      await closeSockets(deps, userId, "the session was ended");
    }
    throw new Refusal("unauthorized", "The refresh token is unknown, used or expired.");
  },
});
