import { sql } from "kysely";
import { updateUser } from "../../src/commands/update-user.js";
import { Refusal } from "../../src/domain/errors.js";
import { withDesk } from "../desk.js";
import { Failure } from "../failure.js";
import { operator } from "../operator.js";
import { type ShownUser, showUser } from "./show-user.js";

interface JsonOption {
  json?: true;
}

const idMax = Number.MAX_SAFE_INTEGER;

/** `user disable`, `user enable`: a user by its address or its id. Open sockets of a disabled one are closed within 5 s. */
export function changeAccess(disabled: boolean): (who: string, options: JsonOption) => Promise<void> {
  return (who, options) =>
    withDesk(async ({ config, db }) => {
      const id = /^\d+$/.test(who) && Number(who) <= idMax ? Number(who) : null;
      const users = db.kysely.selectFrom("users").select(["id", "role", "name", "email"]);
      const named: ShownUser | undefined = await (id === null
        ? users.where(sql`lower(email)`, "=", sql`lower(${who}::text)`)
        : users.where("id", "=", id)
      ).executeTakeFirst();
      if (!named) throw new Failure(`there is no user ${who}`);
      // The sequencer looks by itself every 50 ms: no hint is needed.
      const ctx = { db, actor: operator(), requestId: null, limits: config, wake: () => undefined };
      try {
        await updateUser(ctx, { userId: named.id, disabled });
      } catch (error) {
        if (error instanceof Refusal) throw new Failure(error.message);
        throw error;
      }
      showUser(named, options.json);
    });
}
