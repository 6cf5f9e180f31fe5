import { signIn } from "../../../commands/sign-in.js";
import { loginRequest, sessionSchema } from "../../../contract/http/auth.js";
import { endpoint } from "../../endpoint.js";

export const login = endpoint({
  method: "post",
  path: "/api/auth/login/",
  tag: "Signing in",
  summary: "Sign in by e-mail and password",
  policy: "session.open",
  body: loginRequest,
  answers: { 200: { description: "An access token, a refresh token, and whose they are", schema: sessionSchema } },
  refusals: ["invalid_credentials"],
  run: async ({ body, deps }) => {
    const context = { db: deps.db, tokens: deps.tokens, refreshTtlS: deps.config.REFRESH_TTL_S };
    return { status: 200, body: await signIn(context, body) };
  },
});
