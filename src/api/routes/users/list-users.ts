import { listUsersQuery, userPageSchema } from "../../../contract/http/users.js";
import { listUsers } from "../../../db/queries/read-users.js";
import { decodeCursor, idPlace, pageOf } from "../../cursor.js";
import { endpoint } from "../../endpoint.js";
import { presentUser } from "../../presenters/user.js";

export const listUsersEndpoint = endpoint({
  method: "get",
  path: "/api/users/",
  tag: "Users",
  summary: "List users",
  policy: "user.read",
  query: listUsersQuery,
  answers: { 200: { description: "A page of users", schema: userPageSchema } },
  refusals: [],
  run: async ({ query, context }) => {
    const afterId = decodeCursor(idPlace, query.cursor)?.id;
    const rows = await listUsers(context.db.kysely, { role: query.role, afterId, limit: query.limit + 1 });
    return { status: 200, body: pageOf(rows, query.limit, presentUser, ({ id }) => ({ id })) };
  },
});
