import { signOut } from "../../../commands/sign-out.js";
import { refreshRequest } from "../../../contract/http/auth.js";
import { closeSockets } from "../../close-sockets.js";
import { endpoint } from "../../endpoint.js";

/**
 * Ends the session of a refresh token, the caller's own only, and closes its sockets: what signs out is this session, with
 * its access tokens. The caller's other sessions go on, and their sockets come back by themselves.
 */
export const logout = endpoint({
  method: "post",
  path: "/api/auth/logout/",
  tag: "Signing in",
  summary: "Sign out: this session's refresh and access tokens end, the user's sockets are closed",
  policy: "session.close",
  body: refreshRequest,
  answers: { 204: { description: "Signed out; the same, with no effect, for another's token or one that nobody has" } },
  refusals: [],
  run: async ({ body, caller, deps }) => {
    const userId = caller.actor.id;
    if (userId === null) return { status: 204 };
    const { ended } = await signOut(deps, { refresh: body.refresh, userId });
    if (ended) await closeSockets(deps, userId, "signed out");
    return { status: 204 };
  },
});
