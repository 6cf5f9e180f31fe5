import type { Database } from "../db/database.js";
import { forgetOldSessions as forget } from "../db/queries/sessions.js";

/** Sessions that one run forgets at most. */
const batch = 5000;

/** Forgets sessions that ran out; how many went. Safe to run anywhere, any time. */
export async function forgetOldSessions(ctx: { db: Database }): Promise<number> {
  return forget(ctx.db.kysely, batch);
}
