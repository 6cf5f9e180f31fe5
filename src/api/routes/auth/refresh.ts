import { refreshTokens } from "../../../commands/sign-in.js";
import { refreshRequest, sessionSchema } from "../../../contract/http/auth.js";
import { endpoint } from "../../endpoint.js";

export const refresh = endpoint({
  method: "post",
  path: "/api/auth/refresh/",
  tag: "Signing in",
  summary: "A new pair of tokens for a refresh token, which is used up",
  policy: "session.open",
  body: refreshRequest,
  answers: { 200: { description: "An access token, a refresh token, and whose they are", schema: sessionSchema } },
  refusals: ["unauthorized"],
  run: async ({ body, deps }) => {
    const context = { db: deps.db, tokens: deps.tokens, refreshTtlS: deps.config.REFRESH_TTL_S };
    return { status: 200, body: await refreshTokens(context, body) };
  },
});
