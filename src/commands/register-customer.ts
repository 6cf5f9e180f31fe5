import { randomUUID } from "node:crypto";
import { findByEmail, isAddressTaken } from "../db/queries/read-credentials.js";
import { lockSessionUser } from "../db/queries/sessions.js";
import { inTransaction, sqlState } from "../db/transaction.js";
import { Refusal } from "../domain/errors.js";
import { invariant } from "../runtime/invariant.js";
import { insertUser } from "./create-user.js";
import { type OpenedSession, openSession, type SessionContext } from "./open-session.js";
import { hashGated, verifyGated } from "./password-gate.js";

/**
 * A customer makes an account and is signed in. Its outside id is made here and is one that nobody can guess: whoever
 * chose one could choose another customer's, or one that a customer will have.
 *
 * An address that is taken is a sign-in: with its password it opens a session (so that a registration whose answer was
 * lost can be sent again), with any other one it throws `invalid_credentials`, the same as a sign-in and after the same
 * time. `overloaded` when too many sign in at once.
 */
export async function registerCustomer(
  ctx: SessionContext,
  input: { email: string; password: string; name: string },
): Promise<OpenedSession> {
  if (await isAddressTaken(ctx.db.kysely, input.email)) return signInAgain(ctx, input);
  const passwordHash = await hashGated(input.password);
  try {
    return await inTransaction(ctx.db, async (tx) => {
      const { name, email } = input;
      const userId = `registered:${randomUUID()}`;
      const { id } = await insertUser(tx, { role: "customer", name, email, password: null, userId }, passwordHash);
      const user = await lockSessionUser(tx, id);
      invariant(user, "a user that was just made is there");
      return openSession(ctx, tx, user);
    });
  } catch (error) {
    // The address was registered at the same moment.
    if (sqlState(error) !== "23505") throw error;
    return signInAgain(ctx, input);
  }
}

async function signInAgain(ctx: SessionContext, input: { email: string; password: string }): Promise<OpenedSession> {
  const found = await findByEmail(ctx.db.kysely, input.email);
  const { fits } = await verifyGated(input.password, found?.passwordHash ?? null);
  const session =
    fits && found
      ? await inTransaction(ctx.db, async (tx) => {
          const user = await lockSessionUser(tx, found.id, found.tokenVersion);
          return user?.role === "customer" ? openSession(ctx, tx, user) : null;
        })
      : null;
  if (!session) throw new Refusal("invalid_credentials", "This e-mail and password open no account.");
  return session;
}
