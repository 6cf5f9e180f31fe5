import { createUser } from "../../../commands/create-user.js";
import { createUserRequest, userSchema } from "../../../contract/http/users.js";
import { readUser } from "../../../db/queries/read-users.js";
import { invariant } from "../../../runtime/invariant.js";
import { endpoint } from "../../endpoint.js";
import { presentUser } from "../../presenters/user.js";

export const createUserEndpoint = endpoint({
  method: "post",
  path: "/api/users/",
  tag: "Users",
  summary: "Add a user of any role",
  policy: "user.write",
  body: createUserRequest,
  answers: { 201: { description: "The user", schema: userSchema } },
  refusals: ["email_taken", "user_id_taken", "overloaded"],
  run: async ({ body, context, deps }) => {
    const { user_id: userId, capacity = deps.config.TICKET_CAPACITY, ...user } = body;
    const created = await createUser(context, { ...user, capacity, ...(userId === undefined ? {} : { userId }) });
    const row = await readUser(context.db.kysely, created.id);
    invariant(row, "a user that was just made is there");
    return { status: 201, body: presentUser(row) };
  },
});
