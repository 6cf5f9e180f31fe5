import { registerCustomer } from "../../../commands/register-customer.js";
import { registerRequest, sessionSchema } from "../../../contract/http/auth.js";
import { Refusal } from "../../../domain/errors.js";
import { endpoint } from "../../endpoint.js";
import { sessionContext } from "../../session-context.js";

/**
 * A customer makes an account. Without a mail to the address nobody can be kept from learning, by trying to register it,
 * that it is taken; but each try costs as much as a sign-in, is counted as one, and one for a free address makes an account.
 */
export const register = endpoint({
  method: "post",
  path: "/api/auth/register/",
  tag: "Signing in",
  summary: "Make a customer's account and sign in",
  policy: "customer.register",
  limit: "auth",
  body: registerRequest,
  answers: {
    201: { description: "As at a sign-in; also for an account of this address and password", schema: sessionSchema },
  },
  refusals: ["registration_closed", "invalid_credentials", "overloaded"],
  run: async ({ body, deps, c }) => {
    if (deps.config.REGISTRATION === false) throw new Refusal("registration_closed", "Registration is closed.");
    const { email, password, name, user_id: userId } = body;
    if (userId !== undefined) {
      throw new Refusal("invalid_body", "A customer's id is the desk's to give: leave user_id out.", {
        errors: [{ path: "body.user_id", message: "must be left out" }],
      });
    }
    const open = () => registerCustomer(sessionContext(deps), { email, password, name });
    return { status: 201, body: await deps.limits.signIn(c, email, open) };
  },
});
