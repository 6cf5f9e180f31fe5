import { findByEmail, replaceHash } from "../db/queries/read-credentials.js";
import { lockSessionUser } from "../db/queries/sessions.js";
import { inTransaction } from "../db/transaction.js";
import { Refusal } from "../domain/errors.js";
import { type OpenedSession, openSession, type SessionContext } from "./open-session.js";
import { hashGated, verifyGated } from "./password-gate.js";

/**
 * Signs in by e-mail and password. Throws `invalid_credentials`, the same and after the same time for an unknown address, a
 * wrong password and a disabled user; `overloaded` when too many sign in at once. A hash whose cost is not today's is made
 * anew.
 */
export async function signIn(ctx: SessionContext, input: { email: string; password: string }): Promise<OpenedSession> {
  const found = await findByEmail(ctx.db.kysely, input.email);
  const { fits, outdated } = await verifyGated(input.password, found?.passwordHash ?? null);
  if (!fits || !found?.passwordHash) throw wrong();
  const rehashed = outdated ? await hashGated(input.password) : null;
  const { id, tokenVersion, passwordHash } = found;
  const session = await inTransaction(ctx.db, async (tx) => {
    // Between the look and the lock it may have been disabled, or its password set.
    const user = await lockSessionUser(tx, id, tokenVersion);
    if (!user) return null;
    if (rehashed) await replaceHash(tx, id, passwordHash, rehashed);
    return openSession(ctx, tx, user);
  });
  if (!session) throw wrong();
  return session;
}

const wrong = () => new Refusal("invalid_credentials", "E-mail or password is wrong.");
