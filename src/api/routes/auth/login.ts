import { signIn } from "../../../commands/sign-in.js";
import { loginRequest, sessionSchema } from "../../../contract/http/auth.js";
import { endpoint } from "../../endpoint.js";
import { sessionContext } from "../../session-context.js";

/** Opens a session. An unknown address and a wrong password are answered alike, after the same time. */
export const login = endpoint({
  method: "post",
  path: "/api/auth/login/",
  tag: "Signing in",
  summary: "Sign in by e-mail and password",
  policy: "session.open",
  limit: "auth",
  body: loginRequest,
  answers: { 200: { description: "An access token, a refresh token, and whose they are", schema: sessionSchema } },
  refusals: ["invalid_credentials", "overloaded"],
  run: async ({ body, deps, c }) => {
    const session = await deps.limits.signIn(c, body.email, () => signIn(sessionContext(deps), body));
    return { status: 200, body: session };
  },
});
