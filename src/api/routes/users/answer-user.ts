import type { Database } from "../../../db/database.js";
import { readUser } from "../../../db/queries/read-users.js";
import { Refusal } from "../../../domain/errors.js";
import { presentUser } from "../../presenters/user.js";

/** The answer that shows a user; 404 when there is none of that id. */
export async function answerUser(db: Database, userId: number) {
  const row = await readUser(db.kysely, userId);
  if (!row) throw new Refusal("user_not_found", "There is no such user.");
  return { status: 200, body: presentUser(row) };
}
