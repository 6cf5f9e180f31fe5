import { updateUser } from "../../../commands/update-user.js";
import { updateUserRequest, userSchema } from "../../../contract/http/users.js";
import { closeSockets } from "../../close-sockets.js";
import { endpoint } from "../../endpoint.js";
import { answerUser } from "./answer-user.js";

export const updateUserEndpoint = endpoint({
  method: "patch",
  path: "/api/users/{id}/",
  tag: "Users",
  summary: "Change a user: name, address, password, disabled or not",
  policy: "user.write",
  noun: "user_not_found",
  body: updateUserRequest,
  answers: { 200: { description: "The user as it now is", schema: userSchema } },
  refusals: ["email_taken", "last_admin", "overloaded"],
  run: async ({ id, body, context, deps }) => {
    const { signedOut } = await updateUser(context, { ...body, userId: id });
    if (signedOut) await closeSockets(deps, id, body.disabled ? "disabled" : "the password was changed");
    return answerUser(context.db, id);
  },
});
