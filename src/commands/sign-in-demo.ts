import { lockSessionUser } from "../db/queries/sessions.js";
import { inTransaction } from "../db/transaction.js";
import { Refusal } from "../domain/errors.js";
import { type OpenedSession, openSession, type SessionContext } from "./open-session.js";

/**
 * Signs in as any user, without a password. For the open demo mode alone, where a call without a token may act as
 * anybody anyway: whoever calls this looks first whether it is. Throws `user_not_found`, also for a disabled user.
 */
export async function signInDemo(ctx: SessionContext, userId: number): Promise<OpenedSession> {
  const session = await inTransaction(ctx.db, async (tx) => {
    const user = await lockSessionUser(tx, userId);
    return user && openSession(ctx, tx, user);
  });
  if (!session) throw new Refusal("user_not_found", "There is no such user.");
  return session;
}
