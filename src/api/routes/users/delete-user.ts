import { deleteUser } from "../../../commands/delete-user.js";
import { closeSockets } from "../../close-sockets.js";
import { endpoint } from "../../endpoint.js";

export const deleteUserEndpoint = endpoint({
  method: "delete",
  path: "/api/users/{id}/",
  tag: "Users",
  summary: "Remove an agent or an admin for good; a customer is erased at /api/customers/{id}/",
  policy: "user.write",
  noun: "user_not_found",
  answers: { 204: { description: "Removed; an agent's tickets wait again, and history keeps the name" } },
  refusals: ["last_admin", "is_customer"],
  run: async ({ id, context, deps }) => {
    await deleteUser(context, { userId: id });
    await closeSockets(deps, id, "removed");
    return { status: 204 };
  },
});
