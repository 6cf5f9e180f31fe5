import { registerGuest } from "../../../commands/register-guest.js";
import { guestRequest, sessionSchema } from "../../../contract/http/auth.js";
import { Refusal } from "../../../domain/errors.js";
import { endpoint } from "../../endpoint.js";
import { sessionContext } from "../../session-context.js";

/** For the widget: who writes from a page need not make an account first. Closed with REGISTRATION=0 and with GUESTS=0. */
export const guest = endpoint({
  method: "post",
  path: "/api/auth/guest/",
  tag: "Signing in",
  summary: "Sign in as a new customer without an account",
  policy: "customer.register",
  limit: "auth",
  body: guestRequest,
  bodyOptional: true,
  answers: { 201: { description: "As at a sign-in", schema: sessionSchema } },
  refusals: ["registration_closed"],
  run: async ({ body, deps }) => {
    const { REGISTRATION, GUESTS } = deps.config;
    if (REGISTRATION === false || GUESTS === false) {
      throw new Refusal("registration_closed", "Nobody can write here without an account.");
    }
    return { status: 201, body: await registerGuest(sessionContext(deps), body?.name) };
  },
});
