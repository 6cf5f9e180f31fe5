import type { Database } from "../db/database.js";
import { deleteSession, findSession } from "../db/queries/sessions.js";
import { familyOf, refreshTokenHash } from "./open-session.js";

/**
 * Ends the session of a refresh token, of the user `userId` only; a used token of it does as well. Whether there was one:
 * whoever asks gets the same answer either way. The session's access tokens end with it, the user's other sessions go on.
 */
export async function signOut(
  ctx: { db: Database },
  input: { refresh: string; userId: number },
): Promise<{ ended: boolean }> {
  const found = await findSession(ctx.db.kysely, refreshTokenHash(input.refresh));
  const familyId = found?.familyId ?? familyOf(input.refresh);
  if (familyId === null) return { ended: false };
  return { ended: (await deleteSession(ctx.db.kysely, familyId, input.userId)) !== null };
}
