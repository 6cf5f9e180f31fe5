import { randomUUID } from "node:crypto";
import { lockSessionUser } from "../db/queries/sessions.js";
import { inTransaction } from "../db/transaction.js";
import { invariant } from "../runtime/invariant.js";
import { insertUser } from "./create-user.js";
import { type OpenedSession, openSession, type SessionContext } from "./open-session.js";

/**
 * Somebody who writes without an account, from the widget on a page: a customer without an e-mail address and a password,
 * signed in. Who has lost its refresh token is another guest next time. The outside id is made here and cannot be guessed.
 */
export async function registerGuest(ctx: SessionContext, name: string | undefined): Promise<OpenedSession> {
  const mark = randomUUID();
  const given = name ?? `Guest ${mark.slice(0, 4)}`;
  return inTransaction(ctx.db, async (tx) => {
    const person = { role: "customer", name: given, email: null, password: null, userId: `guest:${mark}` } as const;
    const { id } = await insertUser(tx, person, null);
    const user = await lockSessionUser(tx, id);
    invariant(user, "a user that was just made is there");
    return openSession(ctx, tx, user);
  });
}
