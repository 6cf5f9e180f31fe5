import { signInDemo } from "../../../commands/sign-in-demo.js";
import { demoPeopleSchema, demoSignInRequest, sessionSchema } from "../../../contract/http/auth.js";
import { readDemoPeople } from "../../../db/queries/read-users.js";
import { Refusal } from "../../../domain/errors.js";
import { endpoint } from "../../endpoint.js";
import { sessionContext } from "../../session-context.js";

const shownMax = 20;

/** What a sign-in page needs to know: whether one click is enough here, and as whom. Elsewhere it names nobody. */
export const demoPeople = endpoint({
  method: "get",
  path: "/api/auth/demo/",
  tag: "Signing in",
  summary: "Whether this is the open demo, and who is in it",
  policy: "session.open",
  limit: "read",
  answers: { 200: { description: "Nobody is named unless it is", schema: demoPeopleSchema } },
  refusals: [],
  run: async ({ deps }) => {
    const people = deps.config.openDemo ? await readDemoPeople(deps.db.kysely, shownMax) : [];
    const body = { open_demo: deps.config.openDemo, registration: deps.config.REGISTRATION !== false, people };
    return { status: 200, body };
  },
});

/** Signs in as anybody, in the open demo mode, where no call asks for a token; elsewhere there is no such path. */
export const demoSignIn = endpoint({
  method: "post",
  path: "/api/auth/demo/",
  tag: "Signing in",
  summary: "Sign in without a password, in the open demo mode only",
  policy: "session.open",
  limit: "auth",
  body: demoSignInRequest,
  answers: { 200: { description: "As at a sign-in", schema: sessionSchema } },
  refusals: ["not_found", "user_not_found"],
  run: async ({ body, deps }) => {
    if (!deps.config.openDemo) throw new Refusal("not_found", "There is nothing at this path.");
    return { status: 200, body: await signInDemo(sessionContext(deps), body.user_id) };
  },
});
