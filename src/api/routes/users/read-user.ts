import { userSchema } from "../../../contract/http/users.js";
import { endpoint } from "../../endpoint.js";
import { answerUser } from "./answer-user.js";

export const readUserEndpoint = endpoint({
  method: "get",
  path: "/api/users/{id}/",
  tag: "Users",
  summary: "One user",
  policy: "user.read",
  noun: "user_not_found",
  answers: { 200: { description: "The user", schema: userSchema } },
  refusals: [],
  run: ({ id, context }) => answerUser(context.db, id),
});
