import { deleteSession, findSession, lockSessionUser, renewSession } from "../db/queries/sessions.js";
import { inTransaction } from "../db/transaction.js";
import {
  familyOf,
  newRefreshToken,
  type OpenedSession,
  presentSession,
  refreshTokenHash,
  type SessionContext,
} from "./open-session.js";

/** What became of a refresh token that was shown. */
export type Refreshed =
  | { outcome: "renewed"; session: OpenedSession }
  | { outcome: "refused" }
  /** It was used before, so that two have it: its session is ended, whoever holds it now. */
  | { outcome: "reused"; userId: number };

/**
 * A new pair of tokens for a refresh token, which is used up by it. One that was used before ends its session: a thief or
 * its owner holds it, and nobody can tell which of the two this is (RFC 9700, 4.14.2). Of many that show one token at
 * once, one gets a pair and loses it again.
 */
export async function refreshSession(ctx: SessionContext, input: { refresh: string }): Promise<Refreshed> {
  const from = refreshTokenHash(input.refresh);
  const found = await findSession(ctx.db.kysely, from);
  const familyId = found?.familyId ?? familyOf(input.refresh);
  if (familyId === null || found?.expired) return { outcome: "refused" };
  if (found) {
    const to = newRefreshToken(familyId);
    const renewed = await inTransaction(ctx.db, async (tx) => {
      const user = await lockSessionUser(tx, found.userId);
      if (!user) return "refused";
      const change = { familyId, from, to: refreshTokenHash(to), ttlS: ctx.refreshTtlS };
      return (await renewSession(tx, change)) ? user : "reused";
    });
    if (renewed === "refused") return { outcome: "refused" };
    if (renewed !== "reused") {
      return { outcome: "renewed", session: await presentSession(ctx, renewed, familyId, to) };
    }
  }
  const userId = await deleteSession(ctx.db.kysely, familyId);
  return userId === null ? { outcome: "refused" } : { outcome: "reused", userId };
}
