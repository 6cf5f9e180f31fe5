import type { UserView } from "../../contract/http/users.js";
import type { UserRow } from "../../db/queries/read-users.js";

/** A user as admins see it. */
export function presentUser(row: UserRow): UserView {
  const { createdAt, ...rest } = row;
  return { ...rest, created_at: createdAt.toISOString() };
}
