import { signOut } from "../../../commands/sign-in.js";
import { refreshRequest } from "../../../contract/http/auth.js";
import { endpoint } from "../../endpoint.js";

/** Close code of a socket whose token does not stand any more (CONTRACT.md 5). */
const tokenGone = 4401;

/** Revokes a refresh token and closes the sockets of the user whose it was. */
export const logout = endpoint({
  method: "post",
  path: "/api/auth/logout/",
  tag: "Signing in",
  summary: "Sign out",
  roles: ["admin", "agent", "customer"],
  body: refreshRequest,
  answers: { 204: { description: "Signed out; the same for a refresh token that nobody has" } },
  refusals: [],
  run: async ({ body, deps }) => {
    const { userId } = await signOut(deps, body);
    if (userId !== null) {
      await deps.bus
        .publishControl({ kind: "close_user", userId, code: tokenGone, reason: "signed out" })
        .catch((error: unknown) =>
          deps.logger.warn({ err: error, user_id: userId }, "sockets were not told of a sign-out"),
        );
    }
    return { status: 204 };
  },
});
