import { signOut } from "../../../commands/sign-in.js";
import { refreshRequest } from "../../../contract/http/auth.js";
import { closeSockets } from "../../close-sockets.js";
import { endpoint } from "../../endpoint.js";

/** Revokes a refresh token and closes the sockets of the user whose it was. */
export const logout = endpoint({
  method: "post",
  path: "/api/auth/logout/",
  tag: "Signing in",
  summary: "Sign out",
  policy: "session.close",
  body: refreshRequest,
  answers: { 204: { description: "Signed out; the same for a refresh token that nobody has" } },
  refusals: [],
  run: async ({ body, deps }) => {
    const { userId } = await signOut(deps, body);
    if (userId !== null) await closeSockets(deps, userId, "signed out");
    return { status: 204 };
  },
});
